// usage: java Faults BROKERS {trim NAME PARTITION OFFSET | transaction NAME PARTITION LINE | delete NAME |
//     commit NAME PARTITION OFFSET GROUP | committed NAME PARTITION OFFSET GROUP}
//
// Does to a topic what retention, a foreign producer and an administrator can do to it: removes the
// messages before an offset; writes a message in a transaction, whose end takes an offset of its own;
// deletes the topic, and waits until it is gone; sets the offset that a group has committed. `committed`
// waits until that is OFFSET.
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;

public class Faults {
    static void transaction(Properties properties, TopicPartition at, String line) {
        properties.put("transactional.id", "faults");
        try (var producer = new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(at.topic(), at.partition(), null, line + "\n"));
            producer.commitTransaction();
        }
    }

    public static void main(String[] words) throws Exception {
        var properties = new Properties();
        properties.put("bootstrap.servers", words[0]);
        var at = new TopicPartition(words[2], words.length > 3 ? Integer.parseInt(words[3]) : 0);
        if (words[1].equals("transaction")) {
            transaction(properties, at, words[4]);
            return;
        }
        try (var admin = Admin.create(properties)) {
            if (words[1].equals("commit")) {
                var offset = new OffsetAndMetadata(Long.parseLong(words[4]));
                admin.alterConsumerGroupOffsets(words[5], Map.of(at, offset)).all().get();
                return;
            }
            if (words[1].equals("committed")) {
                OffsetAndMetadata is = null;
                for (int i = 0; i < 100 && (is == null || is.offset() != Long.parseLong(words[4])); i++) {
                    Thread.sleep(i == 0 ? 0 : 100);
                    is = admin.listConsumerGroupOffsets(words[5]).partitionsToOffsetAndMetadata().get().get(at);
                }
                System.out.println(is == null ? "none" : is.offset());
                return;
            }
            if (words[1].equals("trim")) {
                admin.deleteRecords(Map.of(at, RecordsToDelete.beforeOffset(Long.parseLong(words[4])))).all().get();
                return;
            }
            admin.deleteTopics(List.of(at.topic())).all().get();
            while (admin.listTopics().names().get().contains(at.topic()))
                Thread.sleep(50);
        }
    }
}
