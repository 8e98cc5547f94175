# The port's own ESP32_GENERIC_S3 with this firmware inside. Build: see README.md.
include(${CMAKE_SOURCE_DIR}/boards/ESP32_GENERIC_S3/mpconfigboard.cmake)
set(MICROPY_FROZEN_MANIFEST ${MICROPY_BOARD_DIR}/manifest.py)
