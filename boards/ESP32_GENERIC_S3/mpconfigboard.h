// The port's own ESP32_GENERIC_S3 under a name of its own; the port's folder is on the compiler's path.
#include "boards/ESP32_GENERIC_S3/mpconfigboard.h"
#undef MICROPY_HW_BOARD_NAME
#define MICROPY_HW_BOARD_NAME "Generic ESP32S3 module, Thecal"
