/*
 * Loaded in front of libc (LD_PRELOAD), writes down everything a process does to the files under POWER_LOG_ROOT, and
 * every byte that passes its sockets, in one file: POWER_LOG. What a power cut would have left, and what clients knew by
 * then, is worked out from that file alone (power-log.ts).
 *
 * A write is noted once it was done, a sync at its begin and at its end (it covers what was written before it began), a
 * reply before it is sent: each time the order that promises more.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <limits.h>
#include <unistd.h>

#define MAX_FD 4096
enum kind { OTHER = 0, TRACED, FOLDER, SOCKET };

struct slot { enum kind kind; uint64_t inode; char path[512]; };
static struct slot slots[MAX_FD];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int log_fd = -1;
static char root[PATH_MAX];
static size_t root_len;

struct __attribute__((packed)) header {
  char type; uint32_t thread; uint64_t inode; uint64_t offset; uint32_t len1; uint32_t len2;
};


__attribute__((constructor)) static void start(void) {
  const char *to = getenv("POWER_LOG"), *under = getenv("POWER_LOG_ROOT");
  if (!to || !under) return;
  root_len = strlen(under);
  memcpy(root, under, root_len + 1);
  int fd = syscall(SYS_openat, AT_FDCWD, to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  log_fd = syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 2000);
  if (log_fd < 0) log_fd = fd; else syscall(SYS_close, fd);
}

static void note(char type, uint64_t inode, uint64_t offset, const void *one, uint32_t len1, const void *two, uint32_t len2) {
  if (log_fd < 0) return;
  int saved = errno;
  struct header h = { type, (uint32_t)syscall(SYS_gettid), inode, offset, len1, len2 };
  struct iovec parts[3] = { { &h, sizeof h }, { (void *)one, len1 }, { (void *)two, len2 } };
  size_t want = sizeof h + len1 + len2;
  if (syscall(SYS_writev, log_fd, parts, 3) != (ssize_t)want) { fprintf(stderr, "power log: short write\n"); abort(); }
  errno = saved;
}

static int ends_with(const char *text, const char *end) {
  size_t a = strlen(text), b = strlen(end);
  return a >= b && strcmp(text + a - b, end) == 0;
}

/* Absolute path of something we trace, or 0. What holds no promise (lock, wal-index, reserve, log) is left out. */
static int traced_path(const char *path, char *out) {
  if (log_fd < 0) return 0;
  if (path[0] == '/') { if (snprintf(out, 512, "%s", path) >= 512) return 0; }
  else { char cwd[PATH_MAX]; if (!getcwd(cwd, sizeof cwd) || snprintf(out, 512, "%.255s/%.255s", cwd, path) >= 512) return 0; }
  size_t n = strlen(out);
  while (n > 1 && out[n - 1] == '/') out[--n] = 0;
  if (strncmp(out, root, root_len) != 0 || (out[root_len] != '/' && out[root_len] != 0)) return 0;
  return !(ends_with(out, "-shm") || ends_with(out, ".ballast") || strstr(out, ".lock") || ends_with(out, "hub.log") || ends_with(out, ".sock"));
}

static void classify(int fd, const char *path, int created, int truncated) {
  if (fd < 0 || fd >= MAX_FD) return;
  struct slot *s = &slots[fd];
  struct stat st;
  s->kind = OTHER;
  if (fstat(fd, &st) != 0) return;
  s->inode = st.st_ino;
  snprintf(s->path, sizeof s->path, "%s", path);
  if (S_ISDIR(st.st_mode)) { s->kind = FOLDER; return; }
  if (!S_ISREG(st.st_mode)) return;
  s->kind = TRACED;
  if (created) note('C', s->inode, 0, path, strlen(path), 0, 0);
  else if (truncated) note('T', s->inode, 0, 0, 0, 0, 0);
}

/* Looked up each time: libuv closes descriptors with a bare system call, so what a number meant before says nothing. */
static enum kind kind_of(int fd) {
  struct stat st;
  if (fd < 0 || fd >= MAX_FD || fd == log_fd || log_fd < 0) return OTHER;
  int saved = errno, known = fstat(fd, &st) == 0;
  errno = saved;
  if (!known) return OTHER;
  if (S_ISSOCK(st.st_mode)) return SOCKET;
  struct slot *s = &slots[fd];
  return (s->kind == TRACED || s->kind == FOLDER) && s->inode == st.st_ino ? s->kind : OTHER;
}

static int opened(int dirfd, const char *path, int flags, mode_t mode) {
  char full[512];
  if ((dirfd != AT_FDCWD && path[0] != '/') || !traced_path(path, full)) {
    int fd = syscall(SYS_openat, dirfd, path, flags, mode);
    if (fd >= 0 && fd < MAX_FD) slots[fd].kind = OTHER;
    return fd;
  }
  pthread_mutex_lock(&lock);
  int existed = syscall(SYS_faccessat, AT_FDCWD, full, F_OK) == 0;
  int fd = syscall(SYS_openat, dirfd, path, flags, mode);
  int saved = errno;
  if (fd >= 0) classify(fd, full, !existed, (flags & O_TRUNC) != 0);
  pthread_mutex_unlock(&lock);
  errno = saved;
  return fd;
}

#define MODE mode_t mode = 0; if (flags & (O_CREAT | O_TMPFILE)) { va_list v; va_start(v, flags); mode = va_arg(v, mode_t); va_end(v); }
int open(const char *path, int flags, ...) { MODE return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE return opened(AT_FDCWD, path, flags, mode); }
int openat(int dir, const char *path, int flags, ...) { MODE return opened(dir, path, flags, mode); }
int openat64(int dir, const char *path, int flags, ...) { MODE return opened(dir, path, flags, mode); }

static ssize_t written(int fd, ssize_t n, uint64_t offset, const void *data) {
  if (n > 0) note('W', slots[fd].inode, offset, data, n, 0, 0);
  return n;
}

static ssize_t do_pwrite(int fd, const void *data, size_t len, off_t at) {
  if (kind_of(fd) != TRACED) return syscall(SYS_pwrite64, fd, data, len, at);
  pthread_mutex_lock(&lock);
  ssize_t n = written(fd, syscall(SYS_pwrite64, fd, data, len, at), at, data);
  pthread_mutex_unlock(&lock);
  return n;
}
ssize_t pwrite(int fd, const void *data, size_t len, off_t at) { return do_pwrite(fd, data, len, at); }
ssize_t pwrite64(int fd, const void *data, size_t len, off64_t at) { return do_pwrite(fd, data, len, at); }

/* Scattered writes are noted piece by piece, as far as they got. */
static void pieces(char type, int fd, uint64_t offset, const struct iovec *parts, int count, ssize_t total) {
  for (int i = 0; i < count && total > 0; i += 1) {
    size_t n = parts[i].iov_len < (size_t)total ? parts[i].iov_len : (size_t)total;
    if (n > 0) note(type, type == 'W' ? slots[fd].inode : (uint64_t)fd, offset, parts[i].iov_base, n, 0, 0);
    offset += n;
    total -= n;
  }
}

static ssize_t do_pwritev(int fd, const struct iovec *parts, int count, off_t at) {
  if (kind_of(fd) != TRACED) return syscall(SYS_pwritev, fd, parts, count, at, 0);
  pthread_mutex_lock(&lock);
  ssize_t n = syscall(SYS_pwritev, fd, parts, count, at, 0);
  if (n > 0) pieces('W', fd, at, parts, count, n);
  pthread_mutex_unlock(&lock);
  return n;
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) { return do_pwritev(fd, parts, count, at); }
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) { return do_pwritev(fd, parts, count, at); }

ssize_t write(int fd, const void *data, size_t len) {
  enum kind k = kind_of(fd);
  if (k == SOCKET) {
    /* Noted before it is sent; what the socket does not take is sent, and noted, again by whoever called. */
    note('R', fd, 0, data, len, 0, 0);
    ssize_t n = syscall(SYS_write, fd, data, len);
    if (n < (ssize_t)len) note('-', fd, len - (n > 0 ? n : 0), 0, 0, 0, 0);
    return n;
  }
  if (k != TRACED) return syscall(SYS_write, fd, data, len);
  pthread_mutex_lock(&lock);
  ssize_t n = syscall(SYS_write, fd, data, len);
  int saved = errno;
  if (n > 0) written(fd, n, syscall(SYS_lseek, fd, 0, SEEK_CUR) - n, data);
  pthread_mutex_unlock(&lock);
  errno = saved;
  return n;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  enum kind k = kind_of(fd);
  if (k == SOCKET) {
    size_t len = 0;
    for (int i = 0; i < count; i += 1) len += parts[i].iov_len;
    pieces('R', fd, 0, parts, count, len);
    ssize_t n = syscall(SYS_writev, fd, parts, count);
    if (n < (ssize_t)len) note('-', fd, len - (n > 0 ? n : 0), 0, 0, 0, 0);
    return n;
  }
  if (k != TRACED) return syscall(SYS_writev, fd, parts, count);
  pthread_mutex_lock(&lock);
  ssize_t n = syscall(SYS_writev, fd, parts, count);
  int saved = errno;
  if (n > 0) pieces('W', fd, syscall(SYS_lseek, fd, 0, SEEK_CUR) - n, parts, count, n);
  pthread_mutex_unlock(&lock);
  errno = saved;
  return n;
}

ssize_t read(int fd, void *data, size_t len) {
  ssize_t n = syscall(SYS_read, fd, data, len);
  if (n > 0 && kind_of(fd) == SOCKET) note('Q', fd, 0, data, n, 0, 0);
  return n;
}

static int do_truncate(int fd, off_t size) {
  if (kind_of(fd) != TRACED) return syscall(SYS_ftruncate, fd, size);
  pthread_mutex_lock(&lock);
  int result = syscall(SYS_ftruncate, fd, size);
  if (result == 0) note('T', slots[fd].inode, size, 0, 0, 0, 0);
  pthread_mutex_unlock(&lock);
  return result;
}
int ftruncate(int fd, off_t size) { return do_truncate(fd, size); }
int ftruncate64(int fd, off64_t size) { return do_truncate(fd, size); }

static int do_sync(int fd, long call) {
  enum kind k = kind_of(fd);
  if (k == FOLDER) {
    /* Rename and unlink are noted under the lock, so the order of names is the order of this file. */
    note('d', slots[fd].inode, 0, slots[fd].path, strlen(slots[fd].path), 0, 0);
    int result = syscall(call, fd);
    if (result == 0) note('D', slots[fd].inode, 0, slots[fd].path, strlen(slots[fd].path), 0, 0);
    return result;
  }
  if (k != TRACED) return syscall(call, fd);
  note('s', slots[fd].inode, 0, 0, 0, 0, 0);
  int result = syscall(call, fd);
  if (result == 0) note('S', slots[fd].inode, 0, 0, 0, 0, 0);
  return result;
}
int fsync(int fd) { return do_sync(fd, SYS_fsync); }
int fdatasync(int fd) { return do_sync(fd, SYS_fdatasync); }

static int named(char type, int result, const char *one, const char *two) {
  if (result == 0) note(type, 0, 0, one, strlen(one), two ? two : "", two ? strlen(two) : 0);
  return result;
}
int unlink(const char *path) {
  char full[512];
  if (!traced_path(path, full)) return syscall(SYS_unlink, path);
  pthread_mutex_lock(&lock);
  int result = named('U', syscall(SYS_unlink, path), full, 0);
  pthread_mutex_unlock(&lock);
  return result;
}
int rename(const char *from, const char *to) {
  char one[512], two[512];
  if (!traced_path(from, one) || !traced_path(to, two)) return syscall(SYS_rename, from, to);
  pthread_mutex_lock(&lock);
  int result = named('N', syscall(SYS_rename, from, to), one, two);
  pthread_mutex_unlock(&lock);
  return result;
}
int mkdir(const char *path, mode_t mode) {
  char full[512];
  if (!traced_path(path, full)) return syscall(SYS_mkdir, path, mode);
  pthread_mutex_lock(&lock);
  int result = named('K', syscall(SYS_mkdir, path, mode), full, 0);
  pthread_mutex_unlock(&lock);
  return result;
}
