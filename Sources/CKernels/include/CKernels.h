#ifndef WEIGHBRIDGE_CKERNELS_H
#define WEIGHBRIDGE_CKERNELS_H
#include <stddef.h>
#include <stdint.h>
#endif
