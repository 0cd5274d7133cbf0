#include "report.h"

#include <stdio.h>

void print_report(const char *name, size_t words, size_t bytes) {
    printf(REPORT_FORMAT, words, bytes, name);
}
