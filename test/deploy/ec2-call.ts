/** An EC2 call: its name and its parameters, as they went over the wire. */
export type Ec2Call = { readonly action: string; readonly params: URLSearchParams };

/** Phoenat's tags bear the name of the stack, which nothing else that it asks for does. */
export function isOfStack({ params }: Ec2Call, stack: string): boolean {
  return [...params.values()].includes(stack);
}
