// A disk that fails or is slow, for one process (LD_PRELOAD). FAULTY_DISK names a file of 512 bytes that stays mapped: a rule, then at byte
// 504 how many calls it met. The rule, when there is one: "eio CALLS PATH" lets those calls on files whose path contains PATH fail,
// "slow:MILLIS CALLS PATH" lets them take so long. CALLS, with commas between: open read write sync rename access.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { kRuleBytes = 504 };
struct Control {
  char rule[kRuleBytes];
  int64_t met;
};
static struct Control* control;

__attribute__((constructor)) static void start(void) {
  int (*real)(const char*, int, ...) = (int (*)(const char*, int, ...))dlsym(RTLD_NEXT, "open");
  void* mapped = mmap(0, sizeof(struct Control), PROT_READ | PROT_WRITE, MAP_SHARED, real(getenv("FAULTY_DISK"), O_RDWR), 0);
  if (mapped == MAP_FAILED) abort();
  control = mapped;
}

static int listed(const char* calls, const char* call) {
  const char* at = strstr(calls, call);
  return at != 0 && (at == calls || at[-1] == ',') && (at[strlen(call)] == ',' || at[strlen(call)] == 0);
}

// 1: the call fails, errno is set. Exactly one of path and fd is given.
static int meets(const char* call, const char* path, int fd) {
  if (control == 0 || control->rule[0] == 0) return 0;
  char rule[kRuleBytes], what[16], calls[64], part[256], link[32], opened[PATH_MAX];
  memcpy(rule, control->rule, sizeof rule);
  rule[sizeof rule - 1] = 0;
  if (sscanf(rule, "%15s %63s %255s", what, calls, part) != 3 || !listed(calls, call)) return 0;
  if (path == 0) {
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, opened, sizeof opened - 1);
    if (size < 0) return 0;
    opened[size] = 0;
    path = opened;
  }
  if (strstr(path, part) == 0) return 0;
  __atomic_add_fetch(&control->met, 1, __ATOMIC_SEQ_CST);
  if (strncmp(what, "slow:", 5) == 0) {
    long millis = atol(what + 5);
    struct timespec pause = {millis / 1000, millis % 1000 * 1000000};
    while (nanosleep(&pause, &pause) != 0 && errno == EINTR) {
    }
    return 0;
  }
  errno = EIO;
  return 1;
}

#define REPLACED(result, name, parameters, call, path, fd, ...)                          \
  result name parameters {                                                               \
    static result(*real) parameters;                                                     \
    if (real == 0) real = (result(*) parameters)dlsym(RTLD_NEXT, #name);                 \
    if (meets(call, path, fd)) return -1;                                                \
    return real(__VA_ARGS__);                                                            \
  }

REPLACED(ssize_t, write, (int fd, const void* from, size_t size), "write", 0, fd, fd, from, size)
REPLACED(ssize_t, pwrite, (int fd, const void* from, size_t size, off_t at), "write", 0, fd, fd, from, size, at)
REPLACED(ssize_t, pwrite64, (int fd, const void* from, size_t size, off_t at), "write", 0, fd, fd, from, size, at)
REPLACED(ssize_t, writev, (int fd, const struct iovec* from, int count), "write", 0, fd, fd, from, count)
REPLACED(ssize_t, pwritev, (int fd, const struct iovec* from, int count, off_t at), "write", 0, fd, fd, from, count, at)
REPLACED(ssize_t, read, (int fd, void* to, size_t size), "read", 0, fd, fd, to, size)
REPLACED(ssize_t, pread, (int fd, void* to, size_t size, off_t at), "read", 0, fd, fd, to, size, at)
REPLACED(ssize_t, pread64, (int fd, void* to, size_t size, off_t at), "read", 0, fd, fd, to, size, at)
REPLACED(int, fsync, (int fd), "sync", 0, fd, fd)
REPLACED(int, fdatasync, (int fd), "sync", 0, fd, fd)
REPLACED(int, sync_file_range, (int fd, off_t at, off_t size, unsigned flags), "sync", 0, fd, fd, at, size, flags)
REPLACED(int, rename, (const char* from, const char* to), "rename", to, -1, from, to)
REPLACED(int, access, (const char* path, int mode), "access", path, -1, path, mode)

#define OPEN(name)                                                                       \
  int name(const char* path, int flags, ...) {                                           \
    static int (*real)(const char*, int, ...);                                           \
    if (real == 0) real = (int (*)(const char*, int, ...))dlsym(RTLD_NEXT, #name);       \
    va_list more;                                                                        \
    va_start(more, flags);                                                               \
    int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, int) : 0;                    \
    va_end(more);                                                                        \
    if (meets("open", path, -1)) return -1;                                              \
    return real(path, flags, mode);                                                      \
  }
OPEN(open)
OPEN(open64)
