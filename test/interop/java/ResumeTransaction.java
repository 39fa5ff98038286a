import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * What Flink's Kafka sink does with a transaction over a failure (FlinkKafkaInternalProducer): "prepare" writes records,
 * prints producer id and epoch, and dies; "commit" takes both up by reflection, without initTransactions, and commits.
 */
public final class ResumeTransaction {
  public static void main(String[] args) throws Exception {
    Properties config = new Properties();
    config.put("bootstrap.servers", args[1]);
    config.put("transactional.id", args[3]);
    config.put("transaction.timeout.ms", "3600000"); // Flink's default
    var producer = new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    if (args[0].equals("prepare")) {
      producer.initTransactions();
      producer.beginTransaction();
      for (int i = 0; i < 100; ++i) producer.send(new ProducerRecord<>(args[2], "k" + i, "prepared-" + i));
      producer.flush();
      Object identity = get(get(producer, "transactionManager"), "producerIdAndEpoch");
      System.out.println(get(identity, "producerId") + " " + get(identity, "epoch"));
      System.out.flush();
      Runtime.getRuntime().halt(0);
    }
    resume(get(producer, "transactionManager"), Long.parseLong(args[4]), Short.parseShort(args[5]));
    producer.commitTransaction();
    System.out.println("committed");
    System.exit(0);
  }

  private static void resume(Object manager, long producerId, short epoch) throws Exception {
    synchronized (manager) {
      transition(manager, "INITIALIZING");
      Object partitions = get(manager, "txnPartitionMap");
      Method reset = partitions.getClass().getDeclaredMethod("reset");
      reset.setAccessible(true);
      reset.invoke(partitions);
      Field identity = manager.getClass().getDeclaredField("producerIdAndEpoch");
      identity.setAccessible(true);
      var constructor = identity.getType().getDeclaredConstructor(long.class, short.class);
      constructor.setAccessible(true);
      identity.set(manager, constructor.newInstance(producerId, epoch));
      transition(manager, "READY");
      transition(manager, "IN_TRANSACTION");
      Field started = manager.getClass().getDeclaredField("transactionStarted");
      started.setAccessible(true);
      started.set(manager, true);
    }
  }

  private static void transition(Object manager, String name) throws Exception {
    for (Class<?> inner : manager.getClass().getDeclaredClasses()) {
      if (!inner.getSimpleName().equals("State")) continue;
      for (Object state : inner.getEnumConstants()) {
        if (!state.toString().equals(name)) continue;
        Method transition = manager.getClass().getDeclaredMethod("transitionTo", inner);
        transition.setAccessible(true);
        transition.invoke(manager, state);
      }
    }
  }

  private static Object get(Object owner, String name) throws Exception {
    Field field = owner.getClass().getDeclaredField(name);
    field.setAccessible(true);
    return field.get(owner);
  }
}
