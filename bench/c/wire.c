// A load on the wire itself: requests made beforehand, so that the client costs next to nothing. The topic must be there.
//   wire produce HOST:PORT TOPIC PARTITIONS SECONDS CONNECTIONS DEPTH RECORDS SIZE
//     Each connection keeps DEPTH Produce requests of RECORDS records of SIZE bytes under way, acks=all, and goes round the
//     partitions. Prints throughput and the time from request to answer; the first tenth does not count.
//   wire e2e HOST:PORT TOPIC PARTITIONS SECONDS BYTES_A_SECOND REQUESTS_A_SECOND SIZE
//     One connection produces on a fixed schedule, about so many requests; one consumer fetches all partitions. The time
//     counts from when a request was due (so that a producer that is held up does not hide it) to when the consumer has it; the
//     first second does not count.
// Build: cc -O2 -msse4.2 -pthread -o wire wire.c
#include "common.h"
#include <sys/epoll.h>
#include <sys/prctl.h>

#define TIMES_MAX (1 << 24)
#define ANSWER_MAX (64 << 20)
#define DEPTH_MAX 64
#define CONNECTIONS_MAX 4096

static const char *server, *topic;
static int partitions, records, size, value_at; // value_at: where a batch has its first record's value
static uint8_t *batch;
static int batch_bytes;
static float *times_taken;
static size_t times_count;
static volatile int64_t due_count, seen_count; // of `e2e`: requests
static double counts_from;

static int varint(uint8_t *at, int v) { // zigzag
  uint32_t u = (uint32_t)v << 1 ^ (uint32_t)(v >> 31);
  int n = 0;
  for (; u > 127; u >>= 7) at[n++] = u | 128;
  return at[n++] = u, n;
}

static void seal(void) { // the batch's CRC
  struct bytes crc = {batch + 17};
  put32(&crc, crc32c(batch + 21, batch_bytes - 21));
}

static void make_batch(void) {
  batch = malloc(61 + (size_t)records * (size + 32));
  uint64_t x = 88172645463325252ull;
  uint8_t *at = batch + 61, body[16];
  for (int i = 0; i < records; i++) {
    int n = 0;
    body[n++] = 0, body[n++] = 0, n += varint(body + n, i), body[n++] = 1, n += varint(body + n, size); // attributes, time, offset, no key
    at += varint(at, n + size + 1), memcpy(at, body, n), at += n;
    if (!i) value_at = at - batch;
    for (int j = 0; j < size; j++) x ^= x << 13, x ^= x >> 7, x ^= x << 17, *at++ = x >> 32;
    *at++ = 0; // no headers
  }
  batch_bytes = at - batch;
  int64_t ms = (int64_t)time(NULL) * 1000;
  struct bytes b = {batch};
  put64(&b, 0), put32(&b, batch_bytes - 12), put32(&b, -1), put8(&b, 2), put32(&b, 0), put16(&b, 0), put32(&b, records - 1);
  put64(&b, ms), put64(&b, ms), put64(&b, -1), put16(&b, -1), put32(&b, -1), put32(&b, records);
  seal();
}

static int dial(const char *host_port) {
  struct sockaddr_in a = address(host_port);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(fd, (struct sockaddr *)&a, sizeof a)) die("%s: %s", host_port, strerror(errno));
  return no_delay(fd);
}

static void send_produce(int fd, int partition) { // version 7
  uint8_t head[512];
  struct bytes b = {head + 4};
  put16(&b, 0), put16(&b, 7), put32(&b, partition), put_string(&b, "wire", 4), put16(&b, -1), put16(&b, -1), put32(&b, 30000);
  put32(&b, 1), put_string(&b, topic, strlen(topic)), put32(&b, 1), put32(&b, partition), put32(&b, batch_bytes);
  int n = b.at - head;
  b.at = head, put32(&b, n - 4 + batch_bytes);
  if (!write_whole(fd, head, n, MSG_MORE) || !write_whole(fd, batch, batch_bytes, 0)) die("send: %s", strerror(errno));
}

static void check_answer(uint8_t *answer) { // from after its length
  struct bytes b = {answer + 4 + 4};
  int n = get16(&b);
  b.at += n + 4 + 4;
  int error = get16(&b);
  if (error) die("produce: error %d", error);
}

struct connection {
  int fd, partition, have;
  uint32_t sent, answered;
  double at[DEPTH_MAX];
  uint8_t in[4096];
};

static void next(struct connection *c, int connections) {
  c->at[c->sent++ % DEPTH_MAX] = now();
  send_produce(c->fd, c->partition);
  c->partition = (c->partition + connections) % partitions;
}

static void produce(const char *host_port, double seconds, int connections, int depth) {
  static struct connection all[CONNECTIONS_MAX];
  struct epoll_event events[256];
  int poll = epoll_create1(0);
  size_t counted = 0;
  for (int i = 0; i < connections; i++) {
    all[i].fd = dial(host_port), all[i].partition = i % partitions;
    epoll_ctl(poll, EPOLL_CTL_ADD, all[i].fd, &(struct epoll_event){.events = EPOLLIN, .data.ptr = all + i});
  }
  double began = now(), from = began + seconds / 10, until = began + seconds;
  for (int i = 0; i < connections; i++)
    for (int j = 0; j < depth; j++) next(all + i, connections);
  for (double t = began; t < until;) {
    int n = epoll_wait(poll, events, 256, 10000);
    if (n <= 0) die("no answer for 10 s");
    for (int i = 0; i < n; i++) {
      struct connection *c = events[i].data.ptr;
      ssize_t got = recv(c->fd, c->in + c->have, sizeof c->in - c->have, 0);
      if (got <= 0) die("connection closed");
      c->have += got, t = now();
      for (;;) {
        struct bytes b = {c->in};
        int length = c->have < 4 ? (int)sizeof c->in : get32(&b) + 4;
        if (length > c->have) break;
        check_answer(c->in + 4);
        double asked = c->at[c->answered++ % DEPTH_MAX];
        if (t >= from && times_count < TIMES_MAX) times_taken[times_count++] = t - asked, counted++;
        memmove(c->in, c->in + length, c->have -= length);
        if (t < until) next(c, connections);
      }
    }
  }
  double took = now() - from, rate = counted * (double)records / took;
  printf("{\"records_s\":%.0f,\"MB_s\":%.2f,\"requests_s\":%.0f,", rate, rate * size / 1e6, counted / took);
  print_percentiles(times_taken, times_count);
  printf(",\"requests\":%zu}\n", counted);
}

static void *drain(void *argument) { // the answers to the producer
  int fd = (int)(intptr_t)argument;
  uint8_t answer[4096];
  while (read_whole(fd, answer, 4)) {
    struct bytes b = {answer};
    int n = get32(&b);
    if (n > (int)sizeof answer || !read_whole(fd, answer, n)) die("answer of %d bytes", n);
    check_answer(answer);
  }
  return NULL;
}

static void take(struct bytes *b, int64_t *next_offset, double arrived) { // one partition's batches
  int length = get32(b);
  uint8_t *at = b->at, *end = at + (length > 0 ? length : 0);
  for (b->at = end; end - at > 61;) {
    struct bytes base = {at}, bytes_ = {at + 8}, delta = {at + 23};
    int n = 12 + get32(&bytes_);
    if (at + n > end) break;
    int64_t offset = get64(&base);
    double due;
    memcpy(&due, at + value_at, sizeof due);
    if (offset >= *next_offset) { // an answer may begin before what was asked for
      *next_offset = offset + get32(&delta) + 1;
      if (due >= counts_from && times_count < TIMES_MAX) times_taken[times_count++] = arrived - due;
      seen_count++;
    }
    at += n;
  }
}

static int fetch(int fd, int64_t *offsets, int wait_ms) { // version 4, of all partitions; the last error there was
  static uint8_t *request, *answer, length[4];
  if (!request) request = malloc(512 + partitions * 16), answer = malloc(ANSWER_MAX);
  struct bytes b = {request + 4};
  put16(&b, 1), put16(&b, 4), put32(&b, 0), put_string(&b, "wire", 4), put32(&b, -1), put32(&b, wait_ms), put32(&b, 1), put32(&b, 50 << 20);
  put8(&b, 0), put32(&b, 1), put_string(&b, topic, strlen(topic)), put32(&b, partitions);
  for (int i = 0; i < partitions; i++) put32(&b, i), put64(&b, offsets[i]), put32(&b, 1 << 20);
  int n = b.at - request, error = 0;
  b.at = request, put32(&b, n - 4);
  if (!write_whole(fd, request, n, 0) || !read_whole(fd, length, 4)) die("consumer: connection closed");
  b.at = length, n = get32(&b);
  if (n > ANSWER_MAX || !read_whole(fd, answer, n)) die("consumer: answer of %d bytes", n);
  double arrived = now();
  b.at = answer + 4 + 4 + 4; // correlation id, throttle, one topic
  n = get16(&b), b.at += n;
  for (int count = get32(&b); count-- > 0;) {
    int index = get32(&b), failed = get16(&b);
    error = failed ? failed : error;
    b.at += 16;
    int aborted = get32(&b);
    b.at += aborted > 0 ? 16 * aborted : 0;
    take(&b, offsets + index, arrived);
  }
  return error;
}

static void wait_for_leaders(void) { // Kafka names a leader in Metadata before that one has made the partition
  int64_t *none = malloc(partitions * sizeof *none);
  int fd = dial(server), error;
  for (double end = now() + 30;; usleep(20000)) {
    for (int i = 0; i < partitions; i++) none[i] = 0;
    if (!(error = fetch(fd, none, 0))) break;
    if (now() > end) die("partitions not ready: error %d", error);
  }
  seen_count = times_count = 0, close(fd), free(none);
}

static void *consume(void *argument) {
  int64_t *offsets = calloc(partitions, sizeof *offsets);
  for (int fd = dial(server), error;;)
    if ((error = fetch(fd, offsets, 500))) die("fetch: error %d", error);
  return argument;
}

static void end_to_end(double seconds, double bytes_a_second) {
  pthread_t thread;
  double interval = records * size / bytes_a_second;
  int fd = dial(server);
  prctl(PR_SET_TIMERSLACK, 1);
  double began = now() + 0.3;
  counts_from = began + 1;
  pthread_create(&thread, NULL, consume, NULL), pthread_create(&thread, NULL, drain, (void *)(intptr_t)fd);
  for (double due = began; due < began + seconds; due = began + ++due_count * interval) {
    struct timespec t = {.tv_sec = (time_t)due, .tv_nsec = (due - (time_t)due) * 1e9};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
    memcpy(batch + value_at, &due, sizeof due), seal();
    send_produce(fd, due_count % partitions);
  }
  for (double end = now() + 10; seen_count < due_count && now() < end;) usleep(1000);
  if (seen_count < due_count) die("%" PRId64 " of %" PRId64 " requests were not seen by the consumer within 10 s", due_count - seen_count, due_count);
  printf("{");
  print_percentiles(times_taken, times_count);
  printf(",\"MB_s\":%.1f,\"requests\":%" PRId64 "}\n", due_count * (double)records * size / (now() - began) / 1e6, due_count);
}

int main(int argc, char **argv) {
  int producing = argc == 10 && !strcmp(argv[1], "produce");
  if (!producing && !(argc == 9 && !strcmp(argv[1], "e2e"))) die("usage: see the head of wire.c");
  server = argv[2], topic = argv[3], partitions = atoi(argv[4]), size = atoi(argv[argc - 1]);
  double seconds = atof(argv[5]), rate = atof(argv[6]), each = rate / atof(argv[7]) / size;
  records = producing ? atoi(argv[8]) : each < 1 ? 1 : each + 0.5;
  if (size < 8 || partitions < 1 || (producing && (atoi(argv[6]) > CONNECTIONS_MAX || atoi(argv[7]) > DEPTH_MAX))) die("out of range");
  times_taken = malloc(TIMES_MAX * sizeof *times_taken), make_batch();
  counts_from = 1e18, wait_for_leaders();
  if (producing) produce(server, seconds, atoi(argv[6]), atoi(argv[7]));
  else end_to_end(seconds, rate);
  return 0;
}
