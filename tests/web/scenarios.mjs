// The scenarios of a page that uses the service by gRPC-web: each exported function is one scenario and returns JSON.
// The contract is loaded as descriptors at run time; no code is generated.

import { createFileRegistry, fromBinary, fromJson, toBinary, toJson } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";

async function shop(service) {
  const descriptors = await (await fetch("/descriptors.bin")).arrayBuffer();
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, new Uint8Array(descriptors)));
  const transport = createGrpcWebTransport({ baseUrl: service });
  const message = (name) => registry.getMessage(name);
  return {
    message,
    orders: createClient(registry.getService("order.v1.OrderService"), transport),
    request: (name, json) => fromJson(message(`order.v1.${name}`), json),
    show: (order) => toJson(message("order.v1.Order"), order, { registry }),
  };
}

// The parts of an error that a page can read.
function failure({ message }, error) {
  if (!(error instanceof ConnectError)) throw error;
  const details = (name) => error.findDetails(message(name)).map((detail) => toJson(message(name), detail));
  return {
    code: Code[error.code],
    info: details("google.rpc.ErrorInfo"),
    violations: details("google.rpc.BadRequest").flatMap((bad) => bad.fieldViolations),
  };
}

async function failing(shop, call) {
  let answer;
  try {
    answer = await call();
  } catch (error) {
    return failure(shop, error);
  }
  throw new Error(`the call succeeded: ${answer && JSON.stringify(shop.show(answer))}`);
}

// Books twice under one key, and reads the order.
export async function book(service, { booking, key }) {
  const at = await shop(service);
  const replayed = [];
  const options = {
    headers: { "idempotency-key": key },
    onHeader: (headers) => replayed.push(headers.get("idempotent-replayed")),
  };
  const first = await at.orders.createOrder(at.request("CreateOrderRequest", booking), options);
  const again = await at.orders.createOrder(at.request("CreateOrderRequest", booking), options);
  const read = await at.orders.getOrder({ orderId: first.orderId });
  return { first: at.show(first), again: at.show(again), read: at.show(read), replayed };
}

// Requests an unknown order, and sends an invalid booking.
export async function fail(service, { missing, booking }) {
  const at = await shop(service);
  return {
    missing: await failing(at, () => at.orders.getOrder({ orderId: missing })),
    invalid: await failing(at, () => at.orders.createOrder(at.request("CreateOrderRequest", booking))),
  };
}

// Books an order that waits for its buyer, and cancels it.
export async function cancel(service, { booking }) {
  const at = await shop(service);
  const waiting = await at.orders.createOrder(at.request("CreateOrderRequest", booking));
  const cancelled = await at.orders.cancelOrder({ orderId: waiting.orderId, reason: "changed their mind" });
  return { waiting: at.show(waiting), cancelled: at.show(cancelled) };
}

// Books a slow order, and watches it until the stream ends.
export async function watch(service, { booking }) {
  const at = await shop(service);
  const { orderId } = await at.orders.createOrder(at.request("CreateOrderRequest", booking));
  const seen = [];
  for await (const order of at.orders.watchOrder({ orderId })) seen.push(at.show(order));
  return seen;
}

// Books a slow order, disconnects as soon as the order exists, and reads it until it is confirmed.
export async function leave(service, { booking }) {
  const at = await shop(service);
  const leaving = new AbortController();
  const request = at.request("CreateOrderRequest", booking);
  const left = failing(at, () => at.orders.createOrder(request, { signal: leaving.signal }));
  const begun = await soon(async () => {
    const { orders } = await at.orders.listOrders({ organizationId: request.organizationId });
    return orders[0];
  });
  leaving.abort();
  const failed = await left;
  const confirmed = await soon(async () => {
    const order = at.show(await at.orders.getOrder({ orderId: begun.orderId }));
    return order.state === "ORDER_STATE_CONFIRMED" && order;
  });
  const { orders } = await at.orders.listOrders({ organizationId: request.organizationId });
  return { begun: at.show(begun), failed, confirmed, count: orders.length };
}

// Polls until there is a value; the scenario's own timeout ends it.
async function soon(look) {
  for (;;) {
    const found = await look();
    if (found) return found;
    await new Promise((looked) => setTimeout(looked, 20));
  }
}

// Watches an order that does not change, disconnects, and then waits until it can watch again.
export async function stop_watching(service, { booking }) {
  const at = await shop(service);
  const { orderId } = await at.orders.createOrder(at.request("CreateOrderRequest", booking));
  const leaving = new AbortController();
  const seen = [];
  const failed = await failing(at, async () => {
    for await (const order of at.orders.watchOrder({ orderId }, { signal: leaving.signal })) {
      seen.push(at.show(order));
      leaving.abort();
    }
  });
  const again = await soon(async () => {
    try {
      for await (const order of at.orders.watchOrder({ orderId })) return at.show(order);
    } catch (error) {
      if (failure(at, error).code !== "ResourceExhausted") throw error;
    }
  });
  return { seen, failed, again };
}

// The same with JSON: books a slow order, and reads its events until the stream ends.
export async function listen(_, { gateway, booking, key }) {
  const answer = await fetch(`${gateway}/v1/orders`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": key },
    body: JSON.stringify(booking),
  });
  const { orderId } = await answer.json();
  const events = new EventSource(`${gateway}/v1/orders/${orderId}:watch`);
  const seen = [];
  events.onmessage = ({ data, lastEventId }) => seen.push({ id: lastEventId, state: JSON.parse(data).state });
  await new Promise((ended, failed) => {
    events.addEventListener("end", ended);
    events.onerror = () => failed(new Error("the stream broke off"));
  });
  events.close();
  const missing = await fetch(`${gateway}/v1/orders/01933b8e-7c4a-7d2e-9f10-3a5b6c7d8e9f`);
  return { status: answer.status, etag: answer.headers.get("etag"), seen, missing: missing.status };
}

// Everything that a page of a foreign origin may try without asking first, and what it must ask for: books, cancels and
// reads over both listeners. Returns what the page learned of each attempt.
export async function attack(service, { gateway, booking }) {
  const json = JSON.stringify(booking);
  const at = await shop(service);
  const message = toBinary(at.message("order.v1.CreateOrderRequest"), at.request("CreateOrderRequest", booking));
  const frame = new Uint8Array([0, ...new Uint8Array(new Uint32Array([message.length]).buffer).reverse(), ...message]);
  const attempts = {
    simple_json: () => fetch(`${gateway}/v1/orders`, { method: "POST", mode: "no-cors", body: json }),
    asked_json: () =>
      fetch(`${gateway}/v1/orders`, { method: "POST", headers: { "Content-Type": "application/json" }, body: json }),
    simple_grpc: () =>
      fetch(`${service}/order.v1.OrderService/CreateOrder`, { method: "POST", mode: "no-cors", body: frame }),
    grpc_web: () => at.orders.createOrder(at.request("CreateOrderRequest", booking)),
    read_json: () => fetch(`${gateway}/v1/orders?organizationId=${booking.organizationId}`),
    read_grpc_web: () => at.orders.listOrders({ organizationId: booking.organizationId }),
  };
  const learned = {};
  for (const [name, attempt] of Object.entries(attempts)) {
    try {
      const answer = await attempt();
      learned[name] = answer instanceof Response ? (answer.type === "opaque" ? "nothing" : "the answer") : "the answer";
    } catch {
      learned[name] = "nothing";
    }
  }
  navigator.sendBeacon(`${gateway}/v1/orders`, new Blob([json], { type: "text/plain" }));
  await submitted(`${gateway}/v1/orders`, json);
  return learned;
}

// Submits a form whose body is JSON, as far as text/plain allows: `{…,"x":"=…"}`.
async function submitted(action, json) {
  const frame = document.createElement("iframe");
  frame.name = "answer";
  document.body.append(frame);
  const form = Object.assign(document.createElement("form"), {
    action,
    method: "post",
    enctype: "text/plain",
    target: "answer",
  });
  const input = Object.assign(document.createElement("input"), {
    name: `${json.slice(0, -1)},"returnUrl":"https://a.example/`,
    value: '"}',
  });
  form.append(input);
  document.body.append(form);
  const loaded = new Promise((done) => frame.addEventListener("load", done));
  form.submit();
  await loaded;
}
