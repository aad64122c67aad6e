#include <dlfcn.h>

#include "WeighbridgeCurl.h"

// Options that only this file sets.
enum {
  CURL_WRITEDATA = 10001,
  CURL_HEADERDATA = 10029,
  CURL_WRITEFUNCTION = 20011,
  CURL_HEADERFUNCTION = 20079,
  CURL_PROTOCOLS = 181,
  CURL_PROTOCOLS_STR = 10318,
  CURL_PROTOCOL_HTTP = 1,
  CURL_PROTOCOL_HTTPS = 2,
  CURL_INFO_REDIRECT_URL = 0x10001F,
  CURL_GLOBAL_DEFAULT = 3,
};

static struct {
  wb_curl_code (*global_init)(long);
  void *(*easy_init)(void);
  void (*easy_cleanup)(void *);
  void (*easy_reset)(void *);
  wb_curl_code (*easy_perform)(void *);
  wb_curl_code (*easy_setopt)(void *, int, ...);
  wb_curl_code (*easy_getinfo)(void *, int, ...);
  const char *(*easy_strerror)(wb_curl_code);
  void *(*slist_append)(void *, const char *);
  void (*slist_free_all)(void *);
} curl;

// OpenSSL's build first, then GnuTLS's, which Debian has under another name; then macOS's.
static const char *const names[] = {
    "libcurl.so.4",
    "libcurl-gnutls.so.4",
    "libcurl.4.dylib",
    "libcurl.dylib",
};

static bool find(void *library) {
  // A function pointer is stored through a pointer to void, as POSIX (dlsym) says to.
  struct {
    void *place;
    const char *name;
  } const functions[] = {
      {&curl.global_init, "curl_global_init"},   {&curl.easy_init, "curl_easy_init"},
      {&curl.easy_cleanup, "curl_easy_cleanup"}, {&curl.easy_reset, "curl_easy_reset"},
      {&curl.easy_perform, "curl_easy_perform"}, {&curl.easy_setopt, "curl_easy_setopt"},
      {&curl.easy_getinfo, "curl_easy_getinfo"}, {&curl.easy_strerror, "curl_easy_strerror"},
      {&curl.slist_append, "curl_slist_append"}, {&curl.slist_free_all, "curl_slist_free_all"},
  };
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
    void *symbol = dlsym(library, functions[i].name);
    if (symbol == NULL) return false;
    *(void **)functions[i].place = symbol;
  }
  return true;
}

bool wb_curl_start(const char *path) {
  // Never closed again: libcurl keeps threads and its TLS library's state.
  void *library = path != NULL ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
  for (size_t i = 0; path == NULL && library == NULL && i < sizeof names / sizeof names[0]; i++) {
    library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  }
  return library != NULL && find(library) && curl.global_init(CURL_GLOBAL_DEFAULT) == WB_CURL_OK;
}

void *wb_curl_new(void) { return curl.easy_init(); }

void wb_curl_free(void *handle) {
  if (handle != NULL) curl.easy_cleanup(handle);
}

void wb_curl_reset(void *handle) { curl.easy_reset(handle); }

wb_curl_code wb_curl_perform(void *handle) { return curl.easy_perform(handle); }

const char *wb_curl_reason(wb_curl_code code) { return curl.easy_strerror(code); }

void *wb_curl_list_with(void *list, const char *text) { return curl.slist_append(list, text); }

void wb_curl_list_free(void *list) {
  if (list != NULL) curl.slist_free_all(list);
}

wb_curl_code wb_curl_set_number(void *handle, wb_curl_option option, long value) {
  return curl.easy_setopt(handle, option, value);
}

wb_curl_code wb_curl_set_text(void *handle, wb_curl_option option, const char *value) {
  return curl.easy_setopt(handle, option, value);
}

wb_curl_code wb_curl_set_list(void *handle, wb_curl_option option, void *value) {
  return curl.easy_setopt(handle, option, value);
}

static wb_curl_code set_callback(
    void *handle, int callback, wb_curl_callback *function, int data, void *context) {
  wb_curl_code code = curl.easy_setopt(handle, callback, function);
  return code != WB_CURL_OK ? code : curl.easy_setopt(handle, data, context);
}

wb_curl_code wb_curl_set_body_callback(void *handle, wb_curl_callback *function, void *context) {
  return set_callback(handle, CURL_WRITEFUNCTION, function, CURL_WRITEDATA, context);
}

wb_curl_code wb_curl_set_header_callback(void *handle, wb_curl_callback *function, void *context) {
  return set_callback(handle, CURL_HEADERFUNCTION, function, CURL_HEADERDATA, context);
}

wb_curl_code wb_curl_set_protocols(void *handle) {
  wb_curl_code code = curl.easy_setopt(handle, CURL_PROTOCOLS_STR, "http,https");
  // Before 7.85.
  return code != WB_CURL_UNKNOWN_OPTION
             ? code
             : curl.easy_setopt(
                   handle, CURL_PROTOCOLS, (long)(CURL_PROTOCOL_HTTP | CURL_PROTOCOL_HTTPS));
}

const char *wb_curl_redirect(void *handle) {
  char *text = NULL;
  return curl.easy_getinfo(handle, CURL_INFO_REDIRECT_URL, &text) == WB_CURL_OK ? text : NULL;
}
