/*
 * A witness between a store and the kernel. Preloaded (LD_PRELOAD) into the process that writes the store, it appends to the
 * file that HOLDFAST_RECORD_JOURNAL names what happens in the folder HOLDFAST_RECORD_DIR, in order: each write of a `data.mdb`
 * with its bytes, where it began and where it ended; each sync of it, likewise; each sync of the folder `store`; and each line
 * that the process writes to the file `marks`, where it says what it asks and what was promised.
 *
 * A record is a head of 48 bytes, in the machine's order of bytes, and `size` bytes of data behind it. Whatever this
 * witness cannot follow (a writable mapping, a changed length, a call that nobody expected) becomes an `alarm`, and the reader
 * refuses the journal. The reader also compares the file with what the journal says of it: a call that was missed shows there.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITE_BEGIN = 1, WRITE_END, SYNC_BEGIN, SYNC_END, MARK, FOLDER_SYNCED, NAMED, ALARM };
enum { NOTHING, DATA, MARKS, FOLDER };
enum { SYNCED_BY_ITSELF = 1, IN_ITS_PLACE = 2 };

struct head {
  uint32_t type;
  /* Of a write: durable when it returns (O_DSYNC, O_SYNC); of the file that has its name already. */
  uint32_t flags;
  /* Joins an end with its begin. */
  uint64_t call;
  uint64_t at;
  uint64_t size;
  /* Of an end: what the kernel returned, and errno. */
  int64_t result;
  int64_t error;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int journal = -1;
static uint64_t calls;

static void *next_of(const char *symbol) { return dlsym(RTLD_NEXT, symbol); }

/* By the kernel, past our own `write`; a witness that cannot write ends everything. */
static void put(const void *bytes, size_t size) {
  const char *from = bytes;
  while (size > 0) {
    long written = syscall(SYS_write, journal, from, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) abort();
    from += written;
    size -= (size_t)written;
  }
}

static uint64_t record(struct head head, const struct iovec *parts, int count) {
  int before = errno;
  pthread_mutex_lock(&lock);
  if (journal < 0) {
    journal = (int)syscall(SYS_openat, AT_FDCWD, getenv("HOLDFAST_RECORD_JOURNAL"),
                           O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    if (journal < 0) abort();
  }
  if (head.call == 0) head.call = ++calls;
  for (int i = 0; i < count; i++) head.size += parts[i].iov_len;
  put(&head, sizeof head);
  for (int i = 0; i < count; i++) put(parts[i].iov_base, parts[i].iov_len);
  pthread_mutex_unlock(&lock);
  errno = before;
  return head.call;
}

static void alarm_of(const char *what) {
  struct iovec text = {(void *)what, strlen(what)};
  record((struct head){.type = ALARM}, &text, 1);
}

static int ends_with(const char *text, const char *end) {
  size_t size = strlen(text), tail = strlen(end);
  return size >= tail && strcmp(text + size - tail, end) == 0;
}

static int is_in_its_place(const char *path) {
  const char *dir = getenv("HOLDFAST_RECORD_DIR");
  size_t length = dir ? strlen(dir) : 0;
  return dir && strncmp(path, dir, length) == 0 && strcmp(path + length, "/store/data.mdb") == 0;
}

static int kind_of(int fd, uint32_t *flags) {
  const char *dir = getenv("HOLDFAST_RECORD_DIR");
  int before = errno;
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t size = dir ? readlink(link, path, sizeof path - 1) : -1;
  errno = before;
  if (size < 0) return NOTHING;
  path[size] = 0;
  size_t length = strlen(dir);
  if (strncmp(path, dir, length) != 0) return NOTHING;
  if (strcmp(path + length, "/store") == 0) return FOLDER;
  if (flags && is_in_its_place(path)) *flags |= IN_ITS_PLACE;
  if (ends_with(path, "/data.mdb")) return DATA;
  return ends_with(path, "/marks") ? MARKS : NOTHING;
}

static ssize_t write_parts(int fd, const struct iovec *parts, int count, off_t at, ssize_t (*go)(void *), void *call) {
  uint32_t flags = 0;
  int kind = kind_of(fd, &flags);
  if (kind == MARKS) record((struct head){.type = MARK}, parts, count);
  if (kind != DATA) return go(call);
  uint64_t position = (uint64_t)(at < 0 ? lseek(fd, 0, SEEK_CUR) : at);
  if (fcntl(fd, F_GETFL) & (O_DSYNC | O_SYNC)) flags |= SYNCED_BY_ITSELF;
  uint64_t number = record((struct head){.type = WRITE_BEGIN, .flags = flags, .at = position}, parts, count);
  ssize_t written = go(call);
  record((struct head){.type = WRITE_END, .call = number, .result = written, .error = written < 0 ? errno : 0}, 0, 0);
  return written;
}

struct plain { int fd; const void *bytes; size_t size; off_t at; const char *symbol; };
struct vector { int fd; const struct iovec *parts; int count; off_t at; const char *symbol; };

static ssize_t go_write(void *call) {
  struct plain *c = call;
  return ((ssize_t(*)(int, const void *, size_t))next_of(c->symbol))(c->fd, c->bytes, c->size);
}
static ssize_t go_pwrite(void *call) {
  struct plain *c = call;
  return ((ssize_t(*)(int, const void *, size_t, off_t))next_of(c->symbol))(c->fd, c->bytes, c->size, c->at);
}
static ssize_t go_writev(void *call) {
  struct vector *c = call;
  return ((ssize_t(*)(int, const struct iovec *, int))next_of(c->symbol))(c->fd, c->parts, c->count);
}
static ssize_t go_pwritev(void *call) {
  struct vector *c = call;
  return ((ssize_t(*)(int, const struct iovec *, int, off_t))next_of(c->symbol))(c->fd, c->parts, c->count, c->at);
}

static ssize_t write_plain(struct plain call) {
  struct iovec part = {(void *)call.bytes, call.size};
  return write_parts(call.fd, &part, 1, call.at, call.at < 0 ? go_write : go_pwrite, &call);
}
static ssize_t write_vector(struct vector call) {
  return write_parts(call.fd, call.parts, call.count, call.at, call.at < 0 ? go_writev : go_pwritev, &call);
}

ssize_t write(int fd, const void *bytes, size_t size) { return write_plain((struct plain){fd, bytes, size, -1, "write"}); }
ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) {
  return write_plain((struct plain){fd, bytes, size, at, "pwrite"});
}
ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t at) {
  return write_plain((struct plain){fd, bytes, size, at, "pwrite64"});
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
  return write_vector((struct vector){fd, parts, count, -1, "writev"});
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
  return write_vector((struct vector){fd, parts, count, at, "pwritev"});
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t at) {
  return write_vector((struct vector){fd, parts, count, at, "pwritev64"});
}

static int sync_by(int fd, const char *symbol) {
  int (*next)(int) = (int (*)(int))next_of(symbol);
  int kind = kind_of(fd, 0);
  uint64_t number = kind == DATA ? record((struct head){.type = SYNC_BEGIN}, 0, 0) : 0;
  int result = next(fd);
  if (kind == DATA) record((struct head){.type = SYNC_END, .call = number, .result = result, .error = result < 0 ? errno : 0}, 0, 0);
  if (kind == FOLDER && result == 0) record((struct head){.type = FOLDER_SYNCED}, 0, 0);
  return result;
}
int fdatasync(int fd) { return sync_by(fd, "fdatasync"); }
int fsync(int fd) { return sync_by(fd, "fsync"); }

static void *map_by(void *to, size_t size, int rights, int flags, int fd, off_t at, const char *symbol) {
  if (fd >= 0 && (rights & PROT_WRITE) && (flags & MAP_SHARED) && kind_of(fd, 0) == DATA) alarm_of("data.mdb is mapped to be written");
  return ((void *(*)(void *, size_t, int, int, int, off_t))next_of(symbol))(to, size, rights, flags, fd, at);
}
void *mmap(void *to, size_t size, int rights, int flags, int fd, off_t at) { return map_by(to, size, rights, flags, fd, at, "mmap"); }
void *mmap64(void *to, size_t size, int rights, int flags, int fd, off_t at) { return map_by(to, size, rights, flags, fd, at, "mmap64"); }

static int resize_by(int fd, off_t size, const char *symbol) {
  if (kind_of(fd, 0) == DATA) alarm_of("the length of data.mdb is set");
  return ((int (*)(int, off_t))next_of(symbol))(fd, size);
}
int ftruncate(int fd, off_t size) { return resize_by(fd, size, "ftruncate"); }
int ftruncate64(int fd, off_t size) { return resize_by(fd, size, "ftruncate64"); }

int link(const char *from, const char *to) {
  int result = ((int (*)(const char *, const char *))next_of("link"))(from, to);
  if (result == 0 && is_in_its_place(to)) record((struct head){.type = NAMED}, 0, 0);
  return result;
}
int rename(const char *from, const char *to) {
  if (is_in_its_place(from) || is_in_its_place(to)) alarm_of("data.mdb is renamed");
  return ((int (*)(const char *, const char *))next_of("rename"))(from, to);
}
