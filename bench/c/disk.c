// What the disk takes in synced writes, one after another, to one file whose blocks are written already, as a write-ahead log's are.
//   disk FILE CHUNK_BYTES SECONDS [FILE_BYTES]     writes CHUNK_BYTES, fdatasync, and again; prints one line of JSON
// Build: cc -O2 -o disk disk.c
#include "common.h"
#include <fcntl.h>

#define TIMES_MAX (1 << 20)
static float times_taken[TIMES_MAX];

int main(int argc, char **argv) {
  if (argc < 4) die("usage: disk FILE CHUNK_BYTES SECONDS [FILE_BYTES]");
  size_t chunk = atoll(argv[2]);
  double seconds = atof(argv[3]);
  int64_t size = argc > 4 ? atoll(argv[4]) : 512 << 20, at = 0;
  uint8_t *data = aligned_alloc(4096, (chunk + 4095) / 4096 * 4096), *zeros = calloc(1, 1 << 20);
  uint64_t x = 88172645463325252ull;
  for (size_t i = 0; i < chunk; i++) x ^= x << 13, x ^= x >> 7, x ^= x << 17, data[i] = x >> 32;
  int file = open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0644);
  if (file < 0) die("%s: %s", argv[1], strerror(errno));
  for (int64_t i = 0; i < size; i += 1 << 20)
    if (pwrite(file, zeros, 1 << 20, i) != 1 << 20) die("write: %s", strerror(errno));
  if (fdatasync(file)) die("sync: %s", strerror(errno));
  size_t n = 0;
  double began = now(), before = began, after;
  for (after = began; after - began < seconds && n < TIMES_MAX; before = after, at = at + 2 * (int64_t)chunk > size ? 0 : at + chunk) {
    if (pwrite(file, data, chunk, at) != (ssize_t)chunk || fdatasync(file)) die("write: %s", strerror(errno));
    after = now(), times_taken[n++] = after - before;
  }
  printf("{\"MB_s\":%.1f,\"syncs_s\":%.0f,", n * chunk / (after - began) / 1e6, n / (after - began));
  print_percentiles(times_taken, n);
  printf("}\n");
  return unlink(argv[1]);
}
