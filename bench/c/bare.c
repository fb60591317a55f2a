// The least a broker can do: what it costs here to receive, check, write and send, without being a broker.
//   bare PORT PARTITIONS DIR     answers librdkafka's producers and consumers: one blocking thread for each connection
//   bare PORT PARTITIONS -       a sink: takes what is produced and drops it, to see how fast the client is
// Produce: reads the request, computes CRC-32C over each batch and compares it, writes the batches with one pwrite to
// DIR/PARTITION, answers. Fetch: sends from that file with sendfile. Only Produce 7, Fetch 4 and what a client asks before.
// It keeps no log: no index on disk, no validation but the CRC, no sync, no second topic, no producer state.
// Build: cc -O2 -msse4.2 -pthread -o bare bare.c
#include "common.h"
#include <fcntl.h>
#include <sys/sendfile.h>

#define REQUEST_MAX (64 << 20)
#define FETCHED_MAX 4096 // partitions in one fetch

struct partition {
  pthread_mutex_t lock;
  int file;
  int64_t size, end, batches, room;
  struct place { int64_t offset, position; } *places; // where each batch begins
};
static struct partition *partitions;
static int partition_count, port, sink;
static pthread_mutex_t arrived_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t arrived = PTHREAD_COND_INITIALIZER;
static int waiting; // fetches that wait for `arrived`

static int append(struct partition *p, uint8_t *records, int n) { // 0, or Kafka's CORRUPT_MESSAGE
  if (sink) return p->end++, 0;
  pthread_mutex_lock(&p->lock);
  for (int at = 0; at < n;) {
    struct bytes length = {records + at + 8}, crc = {records + at + 17}, delta = {records + at + 23}, base = {records + at};
    int size = 12 + get32(&length);
    if (at + size > n || crc32c(records + at + 21, size - 21) != (uint32_t)get32(&crc)) return pthread_mutex_unlock(&p->lock), 2;
    put64(&base, p->end);
    if (p->batches == p->room) p->places = realloc(p->places, (p->room = p->room * 2 + 1024) * sizeof *p->places);
    p->places[p->batches++] = (struct place){p->end, p->size + at};
    p->end += get32(&delta) + 1, at += size;
  }
  if (pwrite(p->file, records, n, p->size) != n) die("write: %s", strerror(errno));
  p->size += n;
  pthread_mutex_unlock(&p->lock);
  if (__atomic_load_n(&waiting, __ATOMIC_SEQ_CST)) pthread_mutex_lock(&arrived_lock), pthread_cond_broadcast(&arrived), pthread_mutex_unlock(&arrived_lock);
  return 0;
}

static void produce(struct bytes *in, struct bytes *out) {
  in->at += 2 + 2 + 4; // transactional id (null), acks, timeout
  int topics = get32(in);
  put32(out, topics);
  while (topics--) {
    int n = get16(in);
    put_string(out, (char *)in->at, n), in->at += n;
    int count = get32(in);
    put32(out, count);
    while (count--) {
      int index = get32(in), size = get32(in);
      int64_t base = partitions[index].end;
      put32(out, index), put16(out, append(partitions + index, in->at, size)), put64(out, base), put64(out, -1), put64(out, 0);
      in->at += size;
    }
  }
  put32(out, 0); // throttle
}

static int64_t position_of(struct partition *p, int64_t offset) { // of the batch that holds it
  int64_t low = 0, high = p->batches;
  while (low + 1 < high) {
    int64_t middle = (low + high) / 2;
    if (p->places[middle].offset <= offset) low = middle;
    else high = middle;
  }
  return p->batches && offset < p->end ? p->places[low].position : p->size;
}

// Gathers what is there, waits once for something if that is nothing, then sends the pieces.
static int fetch(int fd, struct bytes *in, uint8_t *head, uint32_t correlation) {
  static __thread struct { int index, size; int64_t position, end; } parts[FETCHED_MAX];
  get32(in);
  int wait_ms = get32(in), count = 0, topic_bytes = 0;
  in->at += 4 + 4 + 1; // min bytes, max bytes, isolation
  if (get32(in) > 1) die("fetch of several topics");
  topic_bytes = get16(in);
  char *topic = (char *)in->at;
  in->at += topic_bytes, count = get32(in);
  if (count > FETCHED_MAX) die("fetch of %d partitions", count);
  uint8_t *wanted = in->at;
  int64_t total = 0;
  for (int attempt = 0; attempt < 2; attempt++) {
    in->at = wanted, total = 0;
    for (int i = 0; i < count; i++) {
      struct partition *p = partitions + (parts[i].index = get32(in));
      int64_t offset = get64(in), max = get32(in);
      pthread_mutex_lock(&p->lock);
      parts[i].position = position_of(p, offset), parts[i].end = p->end;
      int64_t rest = p->size - parts[i].position;
      pthread_mutex_unlock(&p->lock);
      total += parts[i].size = rest < max ? rest : max;
    }
    if (total || attempt) break;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    int64_t ns = until.tv_nsec + (wait_ms < 10 ? wait_ms : 10) * 1000000ll; // looks again at least every 10 ms: a wake-up may be missed
    until.tv_sec += ns / 1000000000, until.tv_nsec = ns % 1000000000;
    pthread_mutex_lock(&arrived_lock);
    __atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
    pthread_cond_timedwait(&arrived, &arrived_lock, &until);
    __atomic_sub_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
    pthread_mutex_unlock(&arrived_lock);
  }
  struct bytes out = {head};
  int fixed = 4 + 4 + 4 + 2 + topic_bytes + 4 + count * (4 + 2 + 8 + 8 + 4 + 4);
  put32(&out, fixed + total), put32(&out, correlation), put32(&out, 0), put32(&out, 1), put_string(&out, topic, topic_bytes), put32(&out, count);
  for (int i = 0; i < count; i++) {
    put32(&out, parts[i].index), put16(&out, 0), put64(&out, parts[i].end), put64(&out, parts[i].end), put32(&out, 0), put32(&out, parts[i].size);
    if (i + 1 < count && !parts[i].size) continue;
    if (!write_whole(fd, head, out.at - head, parts[i].size ? MSG_MORE : 0)) return 0;
    out.at = head;
    for (off_t at = parts[i].position, end = at + parts[i].size; at < end;)
      if (sendfile(fd, partitions[parts[i].index].file, &at, end - at) <= 0) return 0;
  }
  return 1;
}

static void metadata(struct bytes *in, struct bytes *out) { // version 1
  put32(out, 1), put32(out, 1), put_string(out, "127.0.0.1", 9), put32(out, port), put16(out, -1), put32(out, 1);
  int topics = get32(in);
  put32(out, topics < 0 ? 0 : topics);
  while (topics-- > 0) {
    int n = get16(in);
    put16(out, 0), put_string(out, (char *)in->at, n), put8(out, 0), put32(out, partition_count), in->at += n;
    for (int i = 0; i < partition_count; i++)
      put16(out, 0), put32(out, i), put32(out, 1), put32(out, 1), put32(out, 1), put32(out, 1), put32(out, 1);
  }
}

static void api_versions(int version, struct bytes *out) {
  static const int ranges[][3] = {{0, 0, 7}, {1, 0, 4}, {2, 0, 1}, {3, 0, 1}, {10, 0, 0}, {18, 0, 3}};
  int n = sizeof ranges / sizeof *ranges;
  put16(out, 0);
  if (version >= 3) put8(out, n + 1);
  else put32(out, n);
  for (int i = 0; i < n; i++) {
    put16(out, ranges[i][0]), put16(out, ranges[i][1]), put16(out, ranges[i][2]);
    if (version >= 3) put8(out, 0);
  }
  if (version >= 1) put32(out, 0);
  if (version >= 3) put8(out, 0);
}

static void list_offsets(struct bytes *in, struct bytes *out) { // version 1
  get32(in);
  int topics = get32(in);
  put32(out, topics);
  while (topics-- > 0) {
    int n = get16(in);
    put_string(out, (char *)in->at, n), in->at += n;
    int count = get32(in);
    for (put32(out, count); count-- > 0;) {
      int index = get32(in);
      int64_t which = get64(in);
      put32(out, index), put16(out, 0), put64(out, -1), put64(out, which == -2 ? 0 : partitions[index].end);
    }
  }
}

static void *serve(void *argument) {
  int fd = (int)(intptr_t)argument;
  uint8_t size_bytes[4], *request = NULL, *answer = malloc(1 << 20);
  for (int room = 0; read_whole(fd, size_bytes, 4);) {
    struct bytes in = {size_bytes}, out = {answer + 4};
    int size = get32(&in);
    if (size < 10 || size > REQUEST_MAX) break;
    if (size > room) free(request), request = malloc(room = size);
    if (!read_whole(fd, request, size)) break;
    in.at = request;
    int key = get16(&in), version = get16(&in);
    uint32_t correlation = get32(&in);
    int client = get16(&in);
    in.at += client > 0 ? client : 0;
    put32(&out, correlation);
    if (key == 0) produce(&in, &out);
    else if (key == 2) list_offsets(&in, &out);
    else if (key == 3) metadata(&in, &out);
    else if (key == 10) put16(&out, 0), put32(&out, 1), put_string(&out, "127.0.0.1", 9), put32(&out, port);
    else if (key == 18) api_versions(version, &out);
    else if (key == 1) {
      if (!fetch(fd, &in, answer, correlation)) break;
      continue;
    } else die("request %d", key);
    int n = out.at - answer;
    out.at = answer, put32(&out, n - 4);
    if (!write_whole(fd, answer, n, 0)) break;
  }
  return close(fd), free(request), free(answer), NULL;
}

int main(int argc, char **argv) {
  if (argc != 4) die("usage: bare PORT PARTITIONS DIR|-");
  port = atoi(argv[1]), partition_count = atoi(argv[2]), sink = !strcmp(argv[3], "-");
  partitions = calloc(partition_count, sizeof *partitions);
  for (int i = 0; i < partition_count; i++) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%d", argv[3], i);
    pthread_mutex_init(&partitions[i].lock, NULL);
    if (!sink && (partitions[i].file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644)) < 0) die("%s: %s", path, strerror(errno));
  }
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr *)&here, sizeof here) || listen(listener, 1024)) die("port %d: %s", port, strerror(errno));
  for (int fd; (fd = accept(listener, NULL, NULL)) >= 0;) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)no_delay(fd))) die("no thread");
    pthread_detach(thread);
  }
  return 1;
}
