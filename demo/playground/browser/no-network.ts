/** `node:http`, `node:https` and `node:net`: the real probe imports them, the simulated ones send nothing. */
export function request(): never {
  throw new Error('this page sends no request');
}

export function isIP(): 0 | 4 | 6 {
  throw new Error('this page looks nothing up');
}
