// zlib reads gzip files, and hands other bytes on as they are.
#ifndef CZLIB_SHIM_H
#define CZLIB_SHIM_H

#include <zlib.h>

#endif
