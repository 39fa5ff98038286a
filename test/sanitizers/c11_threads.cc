// C11 threads on top of POSIX threads, linked into ThreadSanitizer builds: librdkafka locks and starts threads through
// <threads.h>, and the sanitizer follows only the functions of <pthread.h>. In glibc the types are the same underneath.
#include <pthread.h>
#include <threads.h>

#include <cerrno>
#include <cstdint>

static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t) && sizeof(cnd_t) == sizeof(pthread_cond_t) &&
              sizeof(once_flag) == sizeof(pthread_once_t));

namespace {

pthread_mutex_t* Posix(mtx_t* mutex) { return reinterpret_cast<pthread_mutex_t*>(mutex); }
pthread_cond_t* Posix(cnd_t* condition) { return reinterpret_cast<pthread_cond_t*>(condition); }

int Outcome(int error) {
  switch (error) {
    case 0: return thrd_success;
    case ENOMEM: return thrd_nomem;
    case ETIMEDOUT: return thrd_timedout;
    case EBUSY: return thrd_busy;
    default: return thrd_error;
  }
}

}  // namespace

extern "C" {

int thrd_create(thrd_t* thread, thrd_start_t start, void* argument) {
  return Outcome(pthread_create(thread, nullptr, reinterpret_cast<void* (*)(void*)>(start), argument));
}

int thrd_join(thrd_t thread, int* result) {
  void* value = nullptr;
  const int error = pthread_join(thread, &value);
  if (result != nullptr) *result = static_cast<int>(reinterpret_cast<intptr_t>(value));
  return Outcome(error);
}

int thrd_detach(thrd_t thread) { return Outcome(pthread_detach(thread)); }

int mtx_init(mtx_t* mutex, int type) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  if ((type & mtx_recursive) != 0) pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
  const int error = pthread_mutex_init(Posix(mutex), &attributes);
  pthread_mutexattr_destroy(&attributes);
  return Outcome(error);
}

// librdkafka destroys a lock when its owner's reference count, an atomic in code that is not instrumented, has come to
// zero. Taking the lock once more tells the sanitizer of the threads that held it before.
void mtx_destroy(mtx_t* mutex) {
  pthread_mutex_lock(Posix(mutex));
  pthread_mutex_unlock(Posix(mutex));
  pthread_mutex_destroy(Posix(mutex));
}
int mtx_lock(mtx_t* mutex) { return Outcome(pthread_mutex_lock(Posix(mutex))); }
int mtx_trylock(mtx_t* mutex) { return Outcome(pthread_mutex_trylock(Posix(mutex))); }
int mtx_unlock(mtx_t* mutex) { return Outcome(pthread_mutex_unlock(Posix(mutex))); }

int cnd_init(cnd_t* condition) { return Outcome(pthread_cond_init(Posix(condition), nullptr)); }
void cnd_destroy(cnd_t* condition) { pthread_cond_destroy(Posix(condition)); }
int cnd_signal(cnd_t* condition) { return Outcome(pthread_cond_signal(Posix(condition))); }
int cnd_broadcast(cnd_t* condition) { return Outcome(pthread_cond_broadcast(Posix(condition))); }

int cnd_wait(cnd_t* condition, mtx_t* mutex) { return Outcome(pthread_cond_wait(Posix(condition), Posix(mutex))); }

int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* end) {
  return Outcome(pthread_cond_timedwait(Posix(condition), Posix(mutex), end));
}

void call_once(once_flag* flag, void (*function)()) { pthread_once(reinterpret_cast<pthread_once_t*>(flag), function); }

}  // extern "C"
