#pragma once
#include <stddef.h>
#include <stdint.h>

/// libFuzzer's driver: mutates inputs and calls `callback` with each, until a limit or a failure.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));

/// libFuzzer's own mutations: bits, bytes, pieces of other inputs, words of the dictionary.
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
