import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Member BOOTSTRAP TOPIC GROUP: Kafka's own consumer as a member of a group until SIGTERM. Prints a row as
 * PARTITION TAB OFFSET TAB KEY TAB VALUE before it commits; the console consumer may commit what it has not printed yet.
 */
public final class Member {
  public static void main(String[] arguments) throws Exception {
    Map<String, Object> settings = Map.of(
        "bootstrap.servers", arguments[0], "group.id", arguments[2], "auto.offset.reset", "earliest",
        "enable.auto.commit", "false", "session.timeout.ms", "6000", "heartbeat.interval.ms", "500",
        "max.poll.records", "2000");
    var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
    var main = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      consumer.wakeup();
      try {
        main.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }));
    OutputStream out = new BufferedOutputStream(System.out, 1 << 16);
    consumer.subscribe(List.of(arguments[1]));
    try {
      while (true) readOnce(consumer, out);
    } catch (WakeupException e) {
      consumer.close();
    }
  }

  private static void readOnce(KafkaConsumer<String, String> consumer, OutputStream out) throws IOException {
    var records = consumer.poll(Duration.ofMillis(500));
    if (records.isEmpty()) return;
    for (ConsumerRecord<String, String> r : records) {
      out.write((r.partition() + "\t" + r.offset() + "\t" + r.key() + "\t" + r.value() + "\n").getBytes(StandardCharsets.UTF_8));
    }
    out.flush();
    System.out.flush();
    try {
      consumer.commitSync();
    } catch (CommitFailedException | RebalanceInProgressException e) {
      System.err.println("java: commit: " + e);
    } catch (WakeupException e) {
      consumer.commitSync();
      throw e;
    }
  }
}
