// A service: the request path selects the behaviour.

#include "task.h"

#define LARGE (1 << 20)

static bool is(guest_string_t text, const char *expected) {
    return text.len == strlen(expected) && !memcmp(text.ptr, expected, text.len);
}

static void append(task_t *task, const void *bytes, size_t length) {
    task->bytes = realloc(task->bytes, task->length + length);
    if (!task->bytes)
        abort();
    memcpy(task->bytes + task->length, bytes, length);
    task->length += length;
}

// Goes on with a write of content that has come to `status`.
static void write_content(task_t *task, guest_waitable_status_t status) {
    while (status != GUEST_WAITABLE_STATUS_BLOCKED) {
        task->written += GUEST_WAITABLE_COUNT(status);
        if (GUEST_WAITABLE_STATE(status) == GUEST_WAITABLE_DROPPED || task->written == task->length) {
            wasi_http_types_stream_u8_drop_writable(task->content);
            task->pending--;
            return;
        }
        status = wasi_http_types_stream_u8_write(task->content, task->bytes + task->written, task->length - task->written);
    }
}

// Responds with the content that was appended.
static void respond(task_t *task, uint16_t status) {
    body_t body = {.f0 = 0, .f1 = no_trailers(task)};
    if (task->length) {
        body.f0 = wasi_http_types_stream_u8_new(&task->content);
        wait_for(task, task->content);
        write_content(task, wasi_http_types_stream_u8_write(task->content, task->bytes, task->length));
    }
    return_response(wasi_http_types_constructor_fields(), &body, status);
}

static void fail(void) {
    result_t result = {.is_err = true, .val.err.tag = WASI_HTTP_TYPES_ERROR_CODE_DESTINATION_UNAVAILABLE};
    exports_wasi_http_handler_handle_return(result);
}

static void list_headers(task_t *task, wasi_http_types_borrow_request_t request) {
    wasi_http_types_own_fields_t headers = wasi_http_types_method_request_get_headers(request);
    wasi_http_types_list_tuple2_field_name_field_value_t fields;
    wasi_http_types_method_fields_copy_all(wasi_http_types_borrow_fields(headers), &fields);
    for (size_t i = 0; i < fields.len; i++) {
        append(task, fields.ptr[i].f0.ptr, fields.ptr[i].f0.len);
        append(task, ": ", 2);
        append(task, fields.ptr[i].f1.ptr, fields.ptr[i].f1.len);
        append(task, "\n", 1);
    }
    wasi_http_types_list_tuple2_field_name_field_value_free(&fields);
    wasi_http_types_fields_drop_own(headers);
}

static void describe(task_t *task, wasi_http_types_borrow_request_t request, guest_string_t path) {
    static const char *const names[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};
    wasi_http_types_method_t method;
    wasi_http_types_method_request_get_method(request, &method);
    if (method.tag == WASI_HTTP_TYPES_METHOD_OTHER)
        append(task, method.val.other.ptr, method.val.other.len);
    else
        append(task, names[method.tag], strlen(names[method.tag]));
    wasi_http_types_method_free(&method);
    append(task, " ", 1);
    append(task, path.ptr, path.len);
}

static void respond_to_answer(task_t *task) {
    const char *text = "another error";
    if (!task->received.is_err) {
        wasi_http_types_response_drop_own(task->received.val.ok);
        text = "answered";
    } else if (task->received.val.err.tag == WASI_HTTP_TYPES_ERROR_CODE_HTTP_REQUEST_DENIED) {
        text = "denied";
    }
    if (task->received.is_err)
        wasi_http_client_error_code_free(&task->received.val.err);
    append(task, text, strlen(text));
    respond(task, 200);
}

static void ask(task_t *task) {
    wasi_http_types_tuple2_own_request_future_result_void_error_code_t question;
    wasi_http_types_static_request_new(wasi_http_types_constructor_fields(), NULL, no_trailers(task), NULL, &question);
    wasi_http_types_future_result_void_error_code_drop_readable(question.f1);
    wasi_http_types_borrow_request_t request = wasi_http_types_borrow_request(question.f0);
    wasi_http_types_scheme_t scheme = {.tag = WASI_HTTP_TYPES_SCHEME_HTTP};
    wasi_http_types_method_request_set_scheme(request, &scheme);
    guest_string_t text;
    guest_string_set(&text, "denied.example");
    wasi_http_types_method_request_set_authority(request, &text);
    guest_string_set(&text, "/");
    wasi_http_types_method_request_set_path_with_query(request, &text);
    guest_subtask_status_t status = wasi_http_client_send(question.f0, &task->received);
    if (GUEST_SUBTASK_STATE(status) == GUEST_SUBTASK_RETURNED)
        respond_to_answer(task);
    else
        wait_for(task, GUEST_SUBTASK_HANDLE(status));
}

static void echo(task_t *task, wasi_http_types_own_request_t request) {
    body_t body;
    wasi_http_types_static_request_consume_body(request, taken(task), &body);
    return_response(wasi_http_types_constructor_fields(), &body, 200);
}

guest_callback_code_t exports_wasi_http_handler_handle(wasi_http_types_own_request_t request) {
    task_t *task = start();
    wasi_http_types_borrow_request_t borrowed = wasi_http_types_borrow_request(request);
    guest_string_t path;
    if (!wasi_http_types_method_request_get_path_with_query(borrowed, &path))
        guest_string_dup(&path, "*");
    if (is(path, "/trap"))
        abort();
    if (is(path, "/echo")) {
        echo(task, request);
    } else {
        if (is(path, "/fail")) {
            fail();
        } else if (is(path, "/ask")) {
            ask(task);
        } else if (is(path, "/large")) {
            for (size_t i = 0; i < LARGE / 256; i++) {
                uint8_t block[256];
                for (size_t j = 0; j < sizeof block; j++)
                    block[j] = j;
                append(task, block, sizeof block);
            }
            respond(task, 200);
        } else if (is(path, "/headers")) {
            list_headers(task, borrowed);
            respond(task, 200);
        } else if (path.len == 11 && !memcmp(path.ptr, "/status/", 8)) {
            const uint8_t *digits = path.ptr + 8;
            respond(task, (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0'));
        } else {
            describe(task, borrowed, path);
            respond(task, 200);
        }
        wasi_http_types_request_drop_own(request);
    }
    guest_string_free(&path);
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
        respond_to_answer(task);
        break;
    case GUEST_EVENT_STREAM_WRITE:
        write_content(task, event->code);
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
