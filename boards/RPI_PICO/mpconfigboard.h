// The port's own RPI_PICO under a name of its own; the port's folder is on the compiler's path.
#include "boards/RPI_PICO/mpconfigboard.h"
#undef MICROPY_HW_BOARD_NAME
#define MICROPY_HW_BOARD_NAME "Raspberry Pi Pico, Thecal"
