/* Debian's libinotifytools0-dev. Its inotify.h is the kernel's interface; Swift's Glibc module has that already. */
#include <sys/inotify.h>
#include <inotifytools/inotifytools.h>
