{%- if new.is_proxy -%}
// A proxy that adds a header to every response.
{%- else -%}
// A service that responds with the path of each request.
{%- endif %}

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

// What lasts as long as a request.
typedef struct {
    guest_waitable_set_t set;
    // Calls and writes that haven't ended.
    size_t pending;
{%- if new.is_proxy %}
    // What the next hop responds with.
    wasi_http_origin_result_own_response_error_code_t received;
    outcome_writer_t taken;
{%- else %}
    wasi_http_types_stream_u8_writer_t content;
    trailers_writer_t trailers;
    char *text;
    size_t length, written;
{%- endif %}
} task_t;

static task_t *start(void) {
    task_t *task = calloc(1, sizeof *task);
    if (!task)
        abort();
    task->set = guest_waitable_set_new();
    guest_context_set_0(task);
    return task;
}

static void wait_for(task_t *task, uint32_t waitable) {
    guest_waitable_join(waitable, task->set);
    task->pending++;
}

static guest_callback_code_t wait_or_end(task_t *task) {
    if (task->pending)
        return GUEST_CALLBACK_CODE_WAIT(task->set);
    guest_waitable_set_drop(task->set);
{%- if !new.is_proxy %}
    free(task->text);
{%- endif %}
    free(task);
    return GUEST_CALLBACK_CODE_EXIT;
}

// Returns a response to the caller. Its body may be written later.
static void return_response(wasi_http_types_own_headers_t headers, body_t *body, uint16_t status) {
    sent_response_t sent;
    wasi_http_types_static_response_new(headers, &body->f0, body->f1, &sent);
    wasi_http_types_future_result_void_error_code_drop_readable(sent.f1);
    wasi_http_types_method_response_set_status_code(wasi_http_types_borrow_response(sent.f0), status);
    exports_wasi_http_handler_handle_return((result_t){.is_err = false, .val.ok = sent.f0});
}
{% if new.is_proxy %}
// Returns the future that says that a body was taken without an error.
static outcome_t taken(task_t *task) {
    static const wasi_http_types_result_void_error_code_t ok = {.is_err = false};
    outcome_t reader = wasi_http_types_future_result_void_error_code_new(&task->taken);
    wasi_http_types_future_result_void_error_code_write(task->taken, &ok);
    wait_for(task, task->taken);
    return reader;
}

static void respond(task_t *task) {
    if (task->received.is_err) {
        exports_wasi_http_handler_handle_return((result_t){.is_err = true, .val.err = task->received.val.err});
        wasi_http_types_error_code_free(&task->received.val.err);
        return;
    }
    wasi_http_types_own_response_t response = task->received.val.ok;
    wasi_http_types_borrow_response_t borrowed = wasi_http_types_borrow_response(response);
    uint16_t status = wasi_http_types_method_response_get_status_code(borrowed);
    // The headers of a message are read-only; a clone isn't.
    wasi_http_types_own_headers_t original = wasi_http_types_method_response_get_headers(borrowed);
    wasi_http_types_own_headers_t headers = wasi_http_types_method_fields_clone(wasi_http_types_borrow_fields(original));
    wasi_http_types_fields_drop_own(original);
    guest_string_t name;
    guest_string_set(&name, "x-stamp");
    wasi_http_types_field_value_t value = {.ptr = (uint8_t *)"1", .len = 1};
    wasi_http_types_header_error_t error;
    if (!wasi_http_types_method_fields_append(wasi_http_types_borrow_fields(headers), &name, &value, &error))
        abort();
    body_t body;
    wasi_http_types_static_response_consume_body(response, taken(task), &body);
    return_response(headers, &body, status);
}

guest_callback_code_t exports_wasi_http_handler_handle(wasi_http_types_own_request_t request) {
    task_t *task = start();
    guest_subtask_status_t status = wasi_http_origin_handle(request, &task->received);
    if (GUEST_SUBTASK_STATE(status) == GUEST_SUBTASK_RETURNED)
        respond(task);
    else
        wait_for(task, GUEST_SUBTASK_HANDLE(status));
    return wait_or_end(task);
}

guest_callback_code_t exports_wasi_http_handler_handle_callback(guest_event_t *event) {
    task_t *task = guest_context_get_0();
    switch (event->event) {
    case GUEST_EVENT_SUBTASK:
        if (GUEST_SUBTASK_STATE(event->code) != GUEST_SUBTASK_RETURNED)
            break;
        guest_subtask_drop(event->waitable);
        task->pending--;
        respond(task);
        break;
    case GUEST_EVENT_FUTURE_WRITE:
        wasi_http_types_future_result_void_error_code_drop_writable(event->waitable);
        task->pending--;
        break;
    default:
        // A cancelled task may end as usual.
        break;
    }
    return wait_or_end(task);
}
{%- else %}
// Goes on with a write of content that has come to `status`.
static void write_content(task_t *task, guest_waitable_status_t status) {
    while (status != GUEST_WAITABLE_STATUS_BLOCKED) {
        task->written += GUEST_WAITABLE_COUNT(status);
        if (GUEST_WAITABLE_STATE(status) == GUEST_WAITABLE_DROPPED || task->written == task->length) {
            wasi_http_types_stream_u8_drop_writable(task->content);
            task->pending--;
            return;
        }
        uint8_t *rest = (uint8_t *)task->text + task->written;
        status = wasi_http_types_stream_u8_write(task->content, rest, task->length - task->written);
    }
}

// Returns the future of a body that ends without trailers.
static trailers_t no_trailers(task_t *task) {
    static const wasi_http_types_result_option_own_trailers_error_code_t none = {.is_err = false};
    trailers_t reader = wasi_http_types_future_result_option_own_trailers_error_code_new(&task->trailers);
    wasi_http_types_future_result_option_own_trailers_error_code_write(task->trailers, &none);
    wait_for(task, task->trailers);
    return reader;
}

guest_callback_code_t exports_wasi_http_handler_handle(wasi_http_types_own_request_t request) {
    task_t *task = start();
    guest_string_t path;
    if (!wasi_http_types_method_request_get_path_with_query(wasi_http_types_borrow_request(request), &path))
        guest_string_dup(&path, "*");
    wasi_http_types_request_drop_own(request);
    task->length = path.len + 1;
    task->text = malloc(task->length);
    if (!task->text)
        abort();
    memcpy(task->text, path.ptr, path.len);
    task->text[path.len] = '\n';
    guest_string_free(&path);

    body_t body = {.f1 = no_trailers(task)};
    body.f0 = wasi_http_types_stream_u8_new(&task->content);
    wait_for(task, task->content);
    write_content(task, wasi_http_types_stream_u8_write(task->content, (uint8_t *)task->text, task->length));
    return_response(wasi_http_types_constructor_fields(), &body, 200);
    return wait_or_end(task);
}

guest_callback_code_t exports_wasi_http_handler_handle_callback(guest_event_t *event) {
    task_t *task = guest_context_get_0();
    switch (event->event) {
    case GUEST_EVENT_STREAM_WRITE:
        write_content(task, event->code);
        break;
    case GUEST_EVENT_FUTURE_WRITE:
        wasi_http_types_future_result_option_own_trailers_error_code_drop_writable(event->waitable);
        task->pending--;
        break;
    default:
        // A cancelled task may end as usual.
        break;
    }
    return wait_or_end(task);
}
{%- endif %}
