/* Makes the n-th write, flush, rename or message of a process fail, or kills it there.
   Loaded with LD_PRELOAD; armed from Python by fault_arm(root, at, kind). Only files below the root
   count. kind: an errno, 0 to kill in the middle of the call, -1 to count and kill at messages sent
   over sockets. A disk that is full (ENOSPC) stays full. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

static char root[4096];
static long at, count, tripped;
static int kind;

void fault_arm(const char *where, long n, int how) {
    snprintf(root, sizeof root, "%s", where);
    at = n; kind = how; count = 0; tripped = 0;
}
void fault_disarm(void) { root[0] = 0; }
long fault_count(void) { return count; }
int fault_tripped(void) { return (int)tripped; }

static int below(const char *path) {
    return root[0] && path && strncmp(path, root, strlen(root)) == 0;
}
static int ours(int fd) {
    char link[64], path[4096];
    ssize_t n;
    if (!root[0]) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    n = readlink(link, path, sizeof path - 1);
    if (n < 0) return 0;
    path[n] = 0;
    return below(path);
}
static void die(void) { kill(getpid(), SIGKILL); for (;;) pause(); }

/* 0 go on; 1 fail with errno set; 2 the process is to die in this call. */
static int trip(int is_write) {
    if (kind == -1) return 0;
    if (tripped && kind == ENOSPC && is_write) { errno = ENOSPC; return 1; }
    if (++count != at) return 0;
    tripped = 1;
    if (kind == 0) return 2;
    errno = kind;
    return 1;
}

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

ssize_t write(int fd, const void *data, size_t n) {
    REAL(write);
    if (ours(fd)) switch (trip(1)) {
        case 1: return -1;
        case 2: real(fd, data, n / 2); die();
    }
    return real(fd, data, n);
}
ssize_t pwrite(int fd, const void *data, size_t n, off_t where) {
    REAL(pwrite);
    if (ours(fd)) switch (trip(1)) {
        case 1: return -1;
        case 2: real(fd, data, n / 2, where); die();
    }
    return real(fd, data, n, where);
}
ssize_t pwrite64(int fd, const void *data, size_t n, off64_t where) {
    REAL(pwrite64);
    if (ours(fd)) switch (trip(1)) {
        case 1: return -1;
        case 2: real(fd, data, n / 2, where); die();
    }
    return real(fd, data, n, where);
}
int fsync(int fd) {
    REAL(fsync);
    if (ours(fd)) switch (trip(0)) { case 1: return -1; case 2: die(); }
    return real(fd);
}
int fdatasync(int fd) {
    REAL(fdatasync);
    if (ours(fd)) switch (trip(0)) { case 1: return -1; case 2: die(); }
    return real(fd);
}
int rename(const char *from, const char *to) {
    REAL(rename);
    if (below(to)) switch (trip(0)) { case 1: return -1; case 2: die(); }
    return real(from, to);
}
int link(const char *from, const char *to) {
    REAL(link);
    if (below(to)) switch (trip(0)) { case 1: return -1; case 2: die(); }
    return real(from, to);
}
int ftruncate64(int fd, off64_t n) {
    REAL(ftruncate64);
    if (ours(fd)) switch (trip(0)) { case 1: return -1; case 2: die(); }
    return real(fd, n);
}
ssize_t send(int fd, const void *data, size_t n, int flags) {
    REAL(send);
    if (root[0] && kind == -1 && ++count == at) { tripped = 1; real(fd, data, n / 2, flags); die(); }
    return real(fd, data, n, flags);
}
