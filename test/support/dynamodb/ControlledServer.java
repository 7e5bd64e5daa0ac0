import com.amazonaws.services.dynamodbv2.local.main.ServerRunner;
import com.amazonaws.services.dynamodbv2.local.server.AbstractLocalDynamoDBServerHandler;
import com.amazonaws.services.dynamodbv2.local.server.DynamoDBProxyServer;
import com.amazonaws.services.dynamodbv2.local.server.LocalDynamoDBRequestHandler;
import java.lang.reflect.Field;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * DynamoDB Local on loopback with the test control that it has no option for: putting an item into the table `[TEST_CONTROL]` closes all shards
 * (`ACTION` is `ROLLOVER`) or makes all records older (`ACTION` is `DILATE_TIME`, with `HOURS`).
 */
public class ControlledServer {
    public static void main(String[] arguments) throws Exception {
        DynamoDBProxyServer proxy = ServerRunner.createServerFromCommandLineArgs(arguments);
        for (Connector connector : ((Server) field(DynamoDBProxyServer.class, "server").get(proxy)).getConnectors()) {
            ((ServerConnector) connector).setHost("127.0.0.1");
        }
        Object handler = field(DynamoDBProxyServer.class, "serverHandler").get(proxy);
        Object requests = field(AbstractLocalDynamoDBServerHandler.class, "primaryHandler").get(handler);
        field(LocalDynamoDBRequestHandler.class, "isTestControlEnabled").setBoolean(requests, true);
        proxy.safeStart();
        proxy.join();
    }

    private static Field field(Class<?> of, String name) throws NoSuchFieldException {
        Field field = of.getDeclaredField(name);
        field.setAccessible(true);
        return field;
    }
}
