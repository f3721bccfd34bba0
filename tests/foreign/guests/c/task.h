// What the guests in C share: one task per request, which lasts until everything that it waits for has happened.

#include <stdlib.h>
#include <string.h>

#include "guest.h"

typedef wasi_http_types_future_result_option_own_trailers_error_code_t trailers_t;
typedef wasi_http_types_future_result_option_own_trailers_error_code_writer_t trailers_writer_t;
typedef wasi_http_types_future_result_void_error_code_t outcome_t;
typedef wasi_http_types_future_result_void_error_code_writer_t outcome_writer_t;
typedef wasi_http_types_tuple2_stream_u8_future_result_option_own_trailers_error_code_t body_t;
typedef wasi_http_types_tuple2_own_response_future_result_void_error_code_t sent_response_t;
typedef exports_wasi_http_handler_result_own_response_error_code_t result_t;

typedef struct {
    guest_waitable_set_t set;
    // Calls and writes that haven't ended.
    size_t pending;
    // The outcome of a side call, or of the next hop.
    wasi_http_client_result_own_response_error_code_t received;
    outcome_writer_t taken;
    wasi_http_types_stream_u8_writer_t content;
    uint8_t *bytes;
    size_t length, written;
} task_t;

static inline task_t *start(void) {
    task_t *task = calloc(1, sizeof *task);
    if (!task)
        abort();
    task->set = guest_waitable_set_new();
    guest_context_set_0(task);
    return task;
}

static inline void wait_for(task_t *task, uint32_t waitable) {
    guest_waitable_join(waitable, task->set);
    task->pending++;
}

static inline guest_callback_code_t wait_or_end(task_t *task) {
    if (task->pending)
        return GUEST_CALLBACK_CODE_WAIT(task->set);
    guest_waitable_set_drop(task->set);
    free(task->bytes);
    free(task);
    return GUEST_CALLBACK_CODE_EXIT;
}

// Returns the future of a body that ends without trailers.
static inline trailers_t no_trailers(task_t *task) {
    static const wasi_http_types_result_option_own_trailers_error_code_t none = {.is_err = false};
    trailers_writer_t writer;
    trailers_t reader = wasi_http_types_future_result_option_own_trailers_error_code_new(&writer);
    wasi_http_types_future_result_option_own_trailers_error_code_write(writer, &none);
    wait_for(task, writer);
    return reader;
}

// Returns the future of a body that was taken without an error.
static inline outcome_t taken(task_t *task) {
    static const wasi_http_types_result_void_error_code_t ok = {.is_err = false};
    outcome_t reader = wasi_http_types_future_result_void_error_code_new(&task->taken);
    wasi_http_types_future_result_void_error_code_write(task->taken, &ok);
    wait_for(task, task->taken);
    return reader;
}

// Drops the future that was written.
static inline void end_write(task_t *task, uint32_t writer) {
    if (writer == task->taken)
        wasi_http_types_future_result_void_error_code_drop_writable(writer);
    else
        wasi_http_types_future_result_option_own_trailers_error_code_drop_writable(writer);
    task->pending--;
}

// Returns a response to the caller, with a body that others write.
static inline void return_response(wasi_http_types_own_headers_t headers, body_t *body, uint16_t status) {
    sent_response_t sent;
    wasi_http_types_static_response_new(headers, body->f0 ? &body->f0 : NULL, body->f1, &sent);
    wasi_http_types_future_result_void_error_code_drop_readable(sent.f1);
    wasi_http_types_method_response_set_status_code(wasi_http_types_borrow_response(sent.f0), status);
    exports_wasi_http_handler_handle_return((result_t){.is_err = false, .val.ok = sent.f0});
}
