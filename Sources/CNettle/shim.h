/* Debian's nettle-dev: SHA-256, with the processor's own instructions where it has them. Its functions go by their
   linker names here: the short ones are macros, which Swift does not see. */
#include <nettle/sha2.h>
