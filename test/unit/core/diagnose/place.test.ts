import { describe, expect, it } from 'vitest';
import { placeOf } from '../../../../shared/core/diagnose/place.ts';

describe('the name of a zone', () => {
  it.each(['eu-central-1a', 'us-gov-west-1b', 'ap-southeast-4c', 'eusc-de-east-1a', 'us-iso-east-1a'])(
    'tells that %s is an Availability Zone',
    (availabilityZone) => expect(placeOf({ availabilityZone })).toEqual({ kind: 'availability-zone' }),
  );

  it.each(['us-west-2-lax-1', 'eu-central-1-ham-1'])(
    'tells that %sa is a Local Zone, and from where its addresses are announced',
    (networkBorderGroup) =>
      expect(placeOf({ availabilityZone: `${networkBorderGroup}a` })).toEqual({
        kind: 'local-zone',
        networkBorderGroup,
      }),
  );

  it('tells Wavelength Zones, and nothing where there is an Outpost', () => {
    expect(placeOf({ availabilityZone: 'us-east-1-wl1-bos-wlz-1' })).toEqual({ kind: 'wavelength-zone' });
    expect(placeOf({ availabilityZone: 'eu-central-1a', outpostArn: 'arn' })).toEqual({
      kind: 'outpost',
      arn: 'arn',
    });
  });
});
