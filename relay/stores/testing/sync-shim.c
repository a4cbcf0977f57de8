/*
 * A disk that obeys the test. Preloaded (LD_PRELOAD) into a process that writes a store, it stands
 * between LMDB and the kernel and looks for files in the folder that HOLDFAST_SHIM_DIR names:
 *
 *   hold-sync   the sync of data.mdb does not begin while this file is there
 *   hold-meta   the write of LMDB's meta page is done, but does not return while this file is there
 *   fail-sync   the next sync of data.mdb fails once with EIO (the file is removed by that)
 *   fail-meta   the next write of a meta page fails once with EIO (the file is removed by that)
 *   fail-late   the same, but its bytes are in the file, as when the kernel has taken them and the disk has not
 *
 * While a call is held, the file `held` is there.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int path_of(const char *name, char *path, size_t size) {
  const char *dir = getenv("HOLDFAST_SHIM_DIR");
  if (!dir) return 0;
  return snprintf(path, size, "%s/%s", dir, name) < (int)size;
}

static int is_data_file(int fd) {
  char link[64], target[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, target, sizeof target - 1);
  if (length < 8) return 0;
  target[length] = 0;
  return strcmp(target + length - 8, "data.mdb") == 0;
}

/* LMDB writes a meta page, and nothing else, through a descriptor that syncs with every write. */
static int is_meta_descriptor(int fd) {
  int flags = fcntl(fd, F_GETFL);
  return flags >= 0 && (flags & O_DSYNC) && is_data_file(fd);
}

static void hold(const char *name) {
  char path[4096], held[4096];
  if (!path_of(name, path, sizeof path) || !path_of("held", held, sizeof held)) return;
  if (access(path, F_OK) != 0) return;
  int fd = open(held, O_CREAT | O_WRONLY, 0644);
  if (fd >= 0) close(fd);
  while (access(path, F_OK) == 0) usleep(1000);
  unlink(held);
}

static int must_fail(const char *name) {
  char path[4096];
  return path_of(name, path, sizeof path) && unlink(path) == 0;
}

static int sync_through(int fd, const char *symbol) {
  int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, symbol);
  if (is_data_file(fd)) {
    hold("hold-sync");
    if (must_fail("fail-sync")) {
      errno = EIO;
      return -1;
    }
  }
  return next(fd);
}

int fdatasync(int fd) { return sync_through(fd, "fdatasync"); }
int fsync(int fd) { return sync_through(fd, "fsync"); }

static ssize_t write_through(int fd, const void *bytes, size_t size, off_t at, const char *symbol) {
  ssize_t (*next)(int, const void *, size_t, off_t) =
      (ssize_t(*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, symbol);
  int is_meta = is_meta_descriptor(fd);
  if (is_meta && must_fail("fail-meta")) {
    errno = EIO;
    return -1;
  }
  ssize_t written = next(fd, bytes, size, at);
  if (is_meta && must_fail("fail-late")) {
    errno = EIO;
    return -1;
  }
  if (is_meta) hold("hold-meta");
  return written;
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) {
  return write_through(fd, bytes, size, at, "pwrite");
}
ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t at) {
  return write_through(fd, bytes, size, at, "pwrite64");
}
