// The wall clock of a process (LD_PRELOAD), moved by the seconds that stand in the file CLOCK_SHIFT.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>
static volatile int64_t* shift;
static int (*real)(clockid_t, struct timespec*);
__attribute__((constructor)) static void start(void) {
  real = (int (*)(clockid_t, struct timespec*))dlsym(RTLD_NEXT, "clock_gettime");
  shift = mmap(0, 8, PROT_READ, MAP_SHARED, open(getenv("CLOCK_SHIFT"), O_RDONLY), 0);
}
int clock_gettime(clockid_t clock, struct timespec* out) {
  if (real == 0) start();
  int status = real(clock, out);
  if (clock == CLOCK_REALTIME) out->tv_sec += *shift;
  return status;
}
int timespec_get(struct timespec* out, int base) {
  clock_gettime(CLOCK_REALTIME, out);
  return base;
}
// Waits until a moment of the moved clock.
#define WAIT(name, condition_type, mutex_type)                                                                        \
  int name(condition_type* restrict condition, mutex_type* restrict mutex, const struct timespec* restrict until) {   \
    static int (*wait)(condition_type*, mutex_type*, const struct timespec*);                                         \
    if (wait == 0) wait = (int (*)(condition_type*, mutex_type*, const struct timespec*))dlsym(RTLD_NEXT, #name);     \
    struct timespec moved = {until->tv_sec - *shift, until->tv_nsec};                                                 \
    return wait(condition, mutex, &moved);                                                                            \
  }
WAIT(pthread_cond_timedwait, pthread_cond_t, pthread_mutex_t)
WAIT(cnd_timedwait, cnd_t, mtx_t)
int gettimeofday(struct timeval* restrict out, void* restrict zone) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  (void)zone;
  out->tv_sec = now.tv_sec, out->tv_usec = now.tv_nsec / 1000;
  return 0;
}
time_t time(time_t* out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return out ? (*out = now.tv_sec) : now.tv_sec;
}
