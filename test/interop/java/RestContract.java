import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.apache.flink.runtime.rest.messages.MessageHeaders;
import org.apache.flink.runtime.rest.util.RestMapperUtils;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JavaType;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Asks every GET endpoint that Flink's own runtime knows and reads the answers with Flink's response classes:
 * RestContract URL strict|flexible name=value...  where the names are pieces of paths (":jobid").
 *
 * <p>"strict" refuses unknown fields, and what Flink would write of the object it read must have the same fields and kinds
 * of values; "flexible" reads as Flink's clients do. One line for each endpoint: PASS, FAIL with why, or SKIP (no value for a parameter).
 */
public final class RestContract {
  private static final ObjectMapper STRICT = RestMapperUtils.getStrictObjectMapper();
  /** What only Flink 2 knows, and insists on; the clients of 1.19 and later pass over it. */
  private static final Set<String> OF_FLINK_2 = Set.of("pending-operators", "assignedTasks");
  private static final ObjectMapper FLEXIBLE = RestMapperUtils.getFlexibleObjectMapper();

  public static void main(String[] args) throws Exception {
    String base = args[0];
    boolean strict = args[1].equals("strict");
    Map<String, String> parameters = new TreeMap<>();
    for (int i = 2; i < args.length; ++i) parameters.put(args[i].split("=", 2)[0], args[i].split("=", 2)[1]);
    int failed = 0;
    for (MessageHeaders<?, ?, ?> headers : endpoints()) {
      String path = headers.getTargetRestEndpointURL();
      for (var one : parameters.entrySet()) path = path.replace(one.getKey(), one.getValue());
      String name = headers.getTargetRestEndpointURL();
      if (path.contains(":")) {
        System.out.println("SKIP " + name);
        continue;
      }
      String problem = check(base + "/v1" + path, headers, strict);
      if (problem == null) problem = check(base + path, headers, strict);
      System.out.println(problem == null ? "PASS " + name : "FAIL " + name + ": " + problem);
      if (problem != null) failed += 1;
    }
    System.exit(failed == 0 ? 0 : 1);
  }

  /** The headers of all GET endpoints in the jar of flink-runtime. */
  private static List<MessageHeaders<?, ?, ?>> endpoints() throws Exception {
    String jar = MessageHeaders.class.getProtectionDomain().getCodeSource().getLocation().getPath();
    var out = new TreeMap<String, MessageHeaders<?, ?, ?>>();
    List<String> names;
    try (JarFile file = new JarFile(jar)) {
      names = file.stream().map(JarEntry::getName).filter(n -> n.contains("/rest/") && n.endsWith(".class")).toList();
    }
    for (String name : names) {
      Class<?> type = Class.forName(name.replace('/', '.').replace(".class", ""), false, RestContract.class.getClassLoader());
      if (!MessageHeaders.class.isAssignableFrom(type) || java.lang.reflect.Modifier.isAbstract(type.getModifiers())) continue;
      Object instance;
      try {
        instance = type.getMethod("getInstance").invoke(null);
      } catch (NoSuchMethodException e) {
        try {
          var constructor = type.getDeclaredConstructor();
          constructor.setAccessible(true);
          instance = constructor.newInstance();
        } catch (NoSuchMethodException decorator) {
          continue;
        }
      }
      MessageHeaders<?, ?, ?> headers = (MessageHeaders<?, ?, ?>) instance;
      if (headers.getHttpMethod().name().equals("GET")) out.put(headers.getTargetRestEndpointURL(), headers);
    }
    return new ArrayList<>(out.values());
  }

  private static String check(String url, MessageHeaders<?, ?, ?> headers, boolean strict) throws Exception {
    HttpResponse<String> answer =
        HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() != headers.getResponseStatusCode().code()) {
      return "status " + answer.statusCode() + " " + answer.body();
    }
    ObjectMapper mapper = strict ? STRICT : FLEXIBLE;
    JsonNode sent;
    JsonNode written;
    try {
      Class<?>[] typeParameters = headers.getResponseTypeParameters().toArray(new Class<?>[0]);
      JavaType type =
          typeParameters.length == 0
              ? mapper.constructType(headers.getResponseClass())
              : mapper.getTypeFactory().constructParametricType(headers.getResponseClass(), typeParameters);
      sent = mapper.readTree(answer.body());
      if (strict) drop(sent);
      Object read = mapper.readValue(mapper.writeValueAsString(sent), type);
      written = mapper.readTree(mapper.writeValueAsString(read));
    } catch (Exception e) {
      return e.getMessage().split("\n")[0] + " in " + answer.body();
    }
    return strict ? difference("", sent, written) : null;
  }

  private static void drop(JsonNode node) {
    if (node instanceof ObjectNode object) object.remove(OF_FLINK_2);
    node.forEach(RestContract::drop);
  }

  /** Null when both have the same fields with the same kinds of values. */
  private static String difference(String path, JsonNode sent, JsonNode written) {
    if (sent.getNodeType() != written.getNodeType()) {
      return path + " is " + sent.getNodeType() + ", Flink writes " + written.getNodeType();
    }
    if (sent.isObject()) {
      var names = new TreeSet<String>();
      sent.fieldNames().forEachRemaining(names::add);
      written.fieldNames().forEachRemaining(names::add);
      for (String name : names) {
        if (!sent.has(name)) return path + "." + name + " is missing";
        if (!written.has(name)) return path + "." + name + " is none of Flink's";
        String inner = difference(path + "." + name, sent.get(name), written.get(name));
        if (inner != null) return inner;
      }
    }
    if (sent.isArray()) {
      if (sent.size() != written.size()) return path + " has " + sent.size() + " items, Flink writes " + written.size();
      for (int i = 0; i < sent.size(); ++i) {
        String inner = difference(path + "[" + i + "]", sent.get(i), written.get(i));
        if (inner != null) return inner;
      }
    }
    return null;
  }
}
