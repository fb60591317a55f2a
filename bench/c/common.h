// What the C programs beside this file share: time, percentiles, big-endian bytes, sockets, CRC-32C.
#pragma once
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <nmmintrin.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define die(...) (fprintf(stderr, __VA_ARGS__), fprintf(stderr, "\n"), exit(1))

static inline double now(void) { // seconds
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

// A response or request under construction; the caller makes it large enough.
struct bytes {
  uint8_t *at;
};
static inline void put8(struct bytes *b, int v) { *b->at++ = v; }
static inline void put16(struct bytes *b, int v) { put8(b, v >> 8), put8(b, v); }
static inline void put32(struct bytes *b, uint32_t v) { put16(b, v >> 16), put16(b, v); }
static inline void put64(struct bytes *b, uint64_t v) { put32(b, v >> 32), put32(b, v); }
static inline void put_string(struct bytes *b, const char *s, int n) { put16(b, n), memcpy(b->at, s, n), b->at += n; }
static inline int get8(struct bytes *b) { return *b->at++; }
static inline int get16(struct bytes *b) { return b->at += 2, (int16_t)(b->at[-2] << 8 | b->at[-1]); }
static inline int32_t get32(struct bytes *b) { return b->at += 4, (int32_t)(b->at[-4] << 24 | b->at[-3] << 16 | b->at[-2] << 8 | b->at[-1]); }
static inline int64_t get64(struct bytes *b) { int64_t high = get32(b); return high << 32 | (uint32_t)get32(b); }

static inline int read_whole(int fd, void *into, size_t n) { // 1, or 0 at the end
  for (size_t have = 0; have < n;) {
    ssize_t got = recv(fd, (char *)into + have, n - have, MSG_WAITALL);
    if (got <= 0 && errno != EINTR) return 0;
    if (got > 0) have += got;
  }
  return 1;
}

static inline int write_whole(int fd, const void *from, size_t n, int flags) {
  for (size_t done = 0; done < n;) {
    ssize_t put = send(fd, (const char *)from + done, n - done, flags | MSG_NOSIGNAL);
    if (put <= 0) return 0;
    done += put;
  }
  return 1;
}

static inline struct sockaddr_in address(const char *host_port) {
  struct sockaddr_in a = {.sin_family = AF_INET};
  const char *colon = strchr(host_port, ':');
  if (!colon) die("not HOST:PORT: %s", host_port);
  char host[64] = {0};
  memcpy(host, host_port, colon - host_port);
  a.sin_port = htons(atoi(colon + 1));
  inet_pton(AF_INET, host, &a.sin_addr);
  return a;
}

static inline int no_delay(int fd) {
  int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

// CRC-32C. `times` multiplies modulo the polynomial, bits reflected, so that three streams can be computed side by side, which
// is as fast as this instruction goes, and put together.
static inline uint32_t times(uint32_t a, uint32_t b) {
  uint32_t product = 0;
  for (; a; a <<= 1) {
    if (a & 0x80000000u) product ^= b;
    b = b & 1 ? b >> 1 ^ 0x82f63b78u : b >> 1;
  }
  return product;
}
static inline uint32_t shifted(uint32_t crc, size_t n) { // the CRC after n more bytes of zero
  uint32_t power = 0x80000000u, square = 0x00800000u; // x^0, x^8
  for (; n; n >>= 1, square = times(square, square))
    if (n & 1) power = times(power, square);
  return times(power, crc);
}
static inline uint32_t crc32c(const uint8_t *p, size_t n) {
  uint64_t a = 0xffffffffu, b = 0, c = 0, x, y, z;
  size_t third = n / 24 * 8;
  if (third >= 512) {
    for (size_t i = 0; i < third; i += 8) {
      memcpy(&x, p + i, 8), memcpy(&y, p + third + i, 8), memcpy(&z, p + 2 * third + i, 8);
      a = _mm_crc32_u64(a, x), b = _mm_crc32_u64(b, y), c = _mm_crc32_u64(c, z);
    }
    a = shifted(shifted(a, third) ^ b, third) ^ c;
    p += 3 * third, n -= 3 * third;
  }
  for (; n >= 8; p += 8, n -= 8) memcpy(&x, p, 8), a = _mm_crc32_u64(a, x);
  for (; n; p++, n--) a = _mm_crc32_u8(a, *p);
  return ~(uint32_t)a;
}

static inline int ascending(const void *a, const void *b) { return (*(float *)a > *(float *)b) - (*(float *)a < *(float *)b); }
// Prints p50, p99, p99.9 in ms of n times in seconds, as members of a JSON object.
static inline void print_percentiles(float *times, size_t n) {
  if (!n) die("nothing was measured");
  qsort(times, n, sizeof *times, ascending);
  printf("\"p50_ms\":%.4f,\"p99_ms\":%.4f,\"p999_ms\":%.4f", times[n / 2] * 1e3, times[n * 99 / 100] * 1e3, times[n * 999 / 1000] * 1e3);
}
