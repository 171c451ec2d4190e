import { describe, expect, test } from 'vitest';
import { motoEndpoint } from './endpoint.ts';

describe('the endpoint', () => {
  test.each(['http://127.0.0.1:5000', 'http://localhost:5000', 'http://[::1]:5000'])('may be %s', (value) => {
    expect(motoEndpoint(`${value}/`)).toBe(value);
  });

  test.each([
    'https://ec2.us-east-1.amazonaws.com',
    'http://ec2.us-east-1.amazonaws.com',
    'http://127.0.0.1.example.com:5000',
    'http://localhost@10.0.0.1',
    'file:///tmp',
    'not a URL',
  ])('may not be %s', (value) => {
    expect(() => motoEndpoint(value)).toThrow(/on this machine only/);
  });

  test.each([undefined, ''])('is asked for when it is %j', (value) => {
    expect(() => motoEndpoint(value)).toThrow(/npm run test:moto/);
  });
});
