// The port's own RPI_PICO_W under a name of its own; the port's folder is on the compiler's path.
#include "boards/RPI_PICO_W/mpconfigboard.h"
#undef MICROPY_HW_BOARD_NAME
#define MICROPY_HW_BOARD_NAME "Raspberry Pi Pico W, Thecal"
