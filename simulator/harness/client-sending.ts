/** A client of that class whose answers `send` makes: the SDK's paginators take a client of their own class only. */
export function clientSending<T extends object>(
  client: { readonly prototype: T },
  send: (command: { readonly input: never }) => Promise<object>,
): T {
  return Object.create(client.prototype, { send: { value: send } });
}
