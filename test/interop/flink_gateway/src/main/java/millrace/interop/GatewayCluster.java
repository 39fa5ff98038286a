package millrace.interop;

import java.net.URI;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.table.gateway.SqlGateway;
import org.apache.flink.table.gateway.service.context.DefaultContext;
import org.apache.flink.table.gateway.service.session.SessionManager;

/** A Flink cluster of one task manager with two slots, and a SQL gateway that submits to it, on ports of loopback; prints the REST address. */
public final class GatewayCluster {
  public static void main(String[] arguments) throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(RestOptions.ADDRESS, "127.0.0.1");
    configuration.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
    configuration.set(RestOptions.BIND_PORT, "0");
    MiniCluster cluster = new MiniCluster(new MiniClusterConfiguration.Builder()
        .setConfiguration(configuration).setNumTaskManagers(1).setNumSlotsPerTaskManager(2).build());
    cluster.start();
    URI rest = cluster.getRestAddress().get();
    configuration.set(RestOptions.PORT, rest.getPort());
    configuration.set(DeploymentOptions.TARGET, "remote");
    configuration.setString("sql-gateway.endpoint.rest.address", "127.0.0.1");
    configuration.setString("sql-gateway.endpoint.rest.port", arguments[0]);
    configuration.setString("sql-gateway.endpoint.rest.bind-port", arguments[0]);
    DefaultContext context = new DefaultContext(configuration, List.of());
    SqlGateway gateway = new SqlGateway(context.getFlinkConfig(), SessionManager.create(context));
    gateway.start();
    System.out.println("ready " + rest);
    gateway.waitUntilStop();
    cluster.close();
  }

  private GatewayCluster() {}
}
