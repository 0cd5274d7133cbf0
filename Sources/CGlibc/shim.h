/* What Swift's Glibc lacks: timerfd_create(2), malloc_trim(3). */
#include <malloc.h>
#include <stdint.h>
#include <sys/timerfd.h>

/* A timer without blocking reads that programs started from here do not inherit; negative with errno if there is none. */
static inline int staled_timer(clockid_t clock) { return timerfd_create(clock, TFD_CLOEXEC | TFD_NONBLOCK); }

/* Lets the timer expire at that moment of its clock, at once if it is past; 0 turns it off. `watch_sets`: a clock that is set
   makes reads fail with ECANCELED too. Negative with errno if that cannot be done. */
static inline int staled_timer_set(int timer, int64_t nanoseconds, int watch_sets) {
  struct itimerspec when = {.it_value = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000}};
  return timerfd_settime(timer, TFD_TIMER_ABSTIME | (watch_sets ? TFD_TIMER_CANCEL_ON_SET : 0), &when, 0);
}
