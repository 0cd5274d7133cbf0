#ifndef WORDS_H
#define WORDS_H

#include <stddef.h>

/* How many words stand in `length` bytes of `text`. */
size_t count_words(const char *text, size_t length);

#endif
