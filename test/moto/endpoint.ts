import { SetUpError } from '../python/set-up-error.ts';

const loopbackNames: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * The address of the moto server. These tests terminate instances and move addresses, so nothing but this machine will
 * do.
 * @throws SetUpError when there is none, or when it is not on the loopback interface.
 */
export function motoEndpoint(value: string | undefined): string {
  if (value === undefined || value === '') {
    throw new SetUpError('AWS_ENDPOINT_URL is not set: start these tests with "npm run test:moto"');
  }
  const url = URL.parse(value);
  if (url === null || url.protocol !== 'http:' || !loopbackNames.includes(url.hostname)) {
    throw new SetUpError(
      `AWS_ENDPOINT_URL is "${value}": these tests run against a moto server on this machine only, such as http://127.0.0.1:5000`,
    );
  }
  return url.origin;
}
