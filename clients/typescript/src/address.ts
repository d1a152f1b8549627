/** Targets of gRPC's resolvers, such as `unix:/run/laurels.sock` or `xds:///laurels`. */
const ofAResolver = /^(unix|unix-abstract|ipv4|ipv6):|^(?!https?:)[a-z][a-z0-9+.-]*:\/\//;

/** Throws for what gRPC would look for in vain, or at a port that nobody meant. */
export function checkAddress(address: unknown): void {
  if (typeof address !== "string") throw noAddress(address);
  const place = address.replace(/^dns:(\/\/[^/]*\/)?/, "");
  if (place === address && ofAResolver.test(address)) return;
  const port = /^(?:\[[^[\]]+\]|[^\s:/[\]@]+):(\d{1,5})$/.exec(place)?.[1];
  if (port === undefined || Number(port) < 1 || Number(port) > 65_535) {
    throw noAddress(address);
  }
}

function noAddress(given: unknown): Error {
  return new Error(`"${given}" is no address: give host:port, for example 127.0.0.1:50051.`);
}

/** Whether what is sent there stays on this machine. */
export function isLoopback(address: string): boolean {
  const target = address.replace(/^(dns|ipv4|ipv6):(\/\/[^/]*\/)?/, "");
  return /^unix(-abstract)?:|^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/.test(target);
}
