// Validates custom resources: JSON objects on stdin, one per line. Prints what is wrong, and ends with 1 if anything is.
import { createInterface } from "node:readline";
import { HTTPRoute } from "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1";
import { ServiceMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1";

const kinds = { HTTPRoute, ServiceMonitor };
for await (const line of createInterface({ input: process.stdin })) {
  const resource = JSON.parse(line);
  try {
    new kinds[resource.kind](resource).validate();
  } catch (error) {
    console.log(`${resource.kind} ${resource.metadata?.name}: ${error.message}`);
    process.exitCode = 1;
  }
}
