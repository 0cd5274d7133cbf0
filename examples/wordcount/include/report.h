#ifndef REPORT_H
#define REPORT_H

#include <stddef.h>

/* What is printed for one file. */
#define REPORT_FORMAT "%8zu %8zu %s\n"

void print_report(const char *name, size_t words, size_t bytes);

#endif
