// libcurl, found at run time when a remote name is first used: a binary that is carried to another
// machine starts without it, and nothing needs its headers to be built.
//
// The numbers are libcurl's ABI, which never changes them within libcurl.so.4 (curl.h, and
// https://curl.se/libcurl/c/symbols-in-versions.html). curl's option functions take variable arguments,
// which Swift cannot pass: one function for each kind of argument.
#ifndef WEIGHBRIDGE_CURL_H
#define WEIGHBRIDGE_CURL_H

#include <stdbool.h>
#include <stddef.h>

// CURLcode.
typedef enum {
  WB_CURL_OK = 0,
  WB_CURL_COULDNT_CONNECT = 7,
  WB_CURL_WEIRD_SERVER_REPLY = 8,
  WB_CURL_HTTP2 = 16,
  WB_CURL_PARTIAL_FILE = 18,
  WB_CURL_OPERATION_TIMEDOUT = 28,
  WB_CURL_SSL_CONNECT_ERROR = 35,
  WB_CURL_UNKNOWN_OPTION = 48,
  WB_CURL_GOT_NOTHING = 52,
  WB_CURL_SEND_ERROR = 55,
  WB_CURL_RECV_ERROR = 56,
  WB_CURL_HTTP2_STREAM = 92,
} wb_curl_code;

// CURLoption: numbers, and from 10000 on pointers.
typedef enum {
  WB_CURL_LOW_SPEED_LIMIT = 19,
  WB_CURL_LOW_SPEED_TIME = 20,
  WB_CURL_FOLLOWLOCATION = 52,
  WB_CURL_CONNECTTIMEOUT = 78,
  WB_CURL_NOSIGNAL = 99,
  WB_CURL_URL = 10002,
  WB_CURL_PROXY = 10004,
  WB_CURL_USERAGENT = 10018,
  WB_CURL_HTTPHEADER = 10023,
} wb_curl_option;

typedef size_t wb_curl_callback(char *bytes, size_t size, size_t count, void *context);

// Finds and starts libcurl; once in a process, before anything else here. `path` is a library to take
// instead of the system's, or NULL. False where there is none that has what is needed.
bool wb_curl_start(const char *path);

void *wb_curl_new(void);
void wb_curl_free(void *handle);
void wb_curl_reset(void *handle);
wb_curl_code wb_curl_perform(void *handle);
const char *wb_curl_reason(wb_curl_code code);

void *wb_curl_list_with(void *list, const char *text);
void wb_curl_list_free(void *list);

wb_curl_code wb_curl_set_number(void *handle, wb_curl_option option, long value);
wb_curl_code wb_curl_set_text(void *handle, wb_curl_option option, const char *value);
wb_curl_code wb_curl_set_list(void *handle, wb_curl_option option, void *value);
wb_curl_code wb_curl_set_body_callback(void *handle, wb_curl_callback *function, void *context);
wb_curl_code wb_curl_set_header_callback(void *handle, wb_curl_callback *function, void *context);
// Only HTTP, whatever a URL says.
wb_curl_code wb_curl_set_protocols(void *handle);

// Where a redirect leads; NULL where there is none. The handle's own.
const char *wb_curl_redirect(void *handle);

#endif
