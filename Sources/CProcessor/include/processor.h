// Nothing to call: linking this module is enough. See processor.c.
#ifndef CPROCESSOR_PROCESSOR_H
#define CPROCESSOR_PROCESSOR_H
#endif
