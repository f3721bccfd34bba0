// A proxy: adds a header to every response, and leaves the rest.

#include "task.h"

static void stamp(task_t *task) {
    if (task->received.is_err) {
        exports_wasi_http_handler_handle_return((result_t){.is_err = true, .val.err = task->received.val.err});
        wasi_http_types_error_code_free(&task->received.val.err);
        return;
    }
    wasi_http_types_own_response_t response = task->received.val.ok;
    wasi_http_types_borrow_response_t borrowed = wasi_http_types_borrow_response(response);
    uint16_t status = wasi_http_types_method_response_get_status_code(borrowed);
    wasi_http_types_own_headers_t original = wasi_http_types_method_response_get_headers(borrowed);
    wasi_http_types_own_headers_t headers = wasi_http_types_method_fields_clone(wasi_http_types_borrow_fields(original));
    wasi_http_types_fields_drop_own(original);
    guest_string_t name;
    guest_string_set(&name, "x-proxy");
    wasi_http_types_field_value_t value = {.ptr = (uint8_t *)"c", .len = 1};
    wasi_http_types_header_error_t error;
    if (!wasi_http_types_method_fields_append(wasi_http_types_borrow_fields(headers), &name, &value, &error))
        abort();
    body_t body;
    wasi_http_types_static_response_consume_body(response, taken(task), &body);
    return_response(headers, &body, status);
}

guest_callback_code_t exports_wasi_http_handler_handle(wasi_http_types_own_request_t request) {
    task_t *task = start();
    // The two results have the same type under two names.
    void *received = &task->received;
    guest_subtask_status_t status = wasi_http_origin_handle(request, received);
    if (GUEST_SUBTASK_STATE(status) == GUEST_SUBTASK_RETURNED)
        stamp(task);
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
        stamp(task);
        break;
    case GUEST_EVENT_FUTURE_WRITE:
        end_write(task, event->waitable);
        break;
    default:
        // A cancelled task may end as usual.
        break;
    }
    return wait_or_end(task);
}
