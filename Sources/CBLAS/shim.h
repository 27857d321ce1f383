// OpenBLAS by way of pkg-config; which of its builds serves is the system's choice.
#ifndef CBLAS_SHIM_H
#define CBLAS_SHIM_H

#include <cblas.h>

#endif
