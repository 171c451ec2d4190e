import { DescribeImagesCommand, type DescribeImagesCommandInput } from '@aws-sdk/client-ec2';
import { expect } from 'vitest';
import type { Contract } from './contract.ts';
import { outcomeOf, type Subject } from './subject.ts';

const unknownImage = 'ami-0123456789abcdef0';
const natNames = 'amzn-ami-vpc-nat-*';

async function imagesOf(subject: Subject, input: DescribeImagesCommandInput) {
  const answer = await subject.run(subject.ec2.send(new DescribeImagesCommand(input)));
  return answer.Images;
}

/** As the controller asks for the preset al2023. */
function amazonLinux(subject: Subject, namePattern = 'al2023-ami-2023.*-kernel-6.1-arm64') {
  return imagesOf(subject, {
    Owners: ['amazon'],
    Filters: [{ Name: 'name', Values: [namePattern] }],
    IncludeDeprecated: true,
    MaxResults: 500,
  });
}

export function imageChecks({ check, diverging }: Contract): void {
  check('are found by owner and name pattern', async (subject) => {
    const found = (await amazonLinux(subject)) ?? [];
    expect(found.map((image) => image.ImageId)).toContain(subject.vpc.imageId);
    for (const image of found) {
      expect(image.Name).toMatch(/^al2023-ami-2023\..*-kernel-6\.1-arm64$/);
      expect(image).toMatchObject({
        State: 'available',
        Architecture: 'arm64',
        VirtualizationType: 'hvm',
        RootDeviceType: 'ebs',
        RootDeviceName: '/dev/xvda',
        OwnerId: '137112412989',
        CreationDate: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      });
    }
  });

  check('may be asked for by several patterns at once', async (subject) => {
    const patterns = ['x86_64', 'arm64'].map((name) => `al2023-ami-2023.*-kernel-6.1-${name}`);
    const Filters = [{ Name: 'name', Values: patterns }];
    const found = (await imagesOf(subject, { Owners: ['amazon'], Filters })) ?? [];
    const architectures = new Set(found.map((image) => image.Architecture));
    expect([...architectures].sort()).toEqual(['arm64', 'x86_64']);
  });

  check('that a filter does not find make an empty list, not a missing one', async (subject) => {
    expect(await amazonLinux(subject, 'al2023-ami-1999.*')).toEqual([]);
    expect(await imagesOf(subject, { Filters: [{ Name: 'image-id', Values: [unknownImage] }] })).toEqual([]);
  });

  check('are found by an id in a filter', async (subject) => {
    const Values = [subject.vpc.imageId, unknownImage];
    const found = await imagesOf(subject, { Filters: [{ Name: 'image-id', Values }] });
    expect(found?.map((image) => image.ImageId)).toEqual([subject.vpc.imageId]);
  });

  check('that do not exist are refused by id', async (subject) => {
    expect(await outcomeOf(imagesOf(subject, { ImageIds: [unknownImage] }))).toBe('InvalidAMIID.NotFound');
  });

  diverging('deprecated-images-hidden', async (subject) => {
    const Filters = [{ Name: 'name', Values: [natNames] }];
    const found = async (IncludeDeprecated: boolean) =>
      ((await imagesOf(subject, { Owners: ['amazon'], Filters, IncludeDeprecated })) ?? []).length > 0;
    return { unasked: await found(false), asked: await found(true) };
  });

  diverging('image-creation-date', async (subject) => {
    const found = (await amazonLinux(subject)) ?? [];
    const asInItsName = found.filter((image) => {
      const [, year, month, day] = /\.(\d{4})(\d\d)(\d\d)\./.exec(image.Name ?? '') ?? [];
      return image.CreationDate?.startsWith(`${year}-${month}-${day}`);
    });
    return asInItsName.length === found.length ? 'as in its name' : 'another';
  });

  diverging('image-details', async (subject) => {
    const [image] = (await imagesOf(subject, { ImageIds: [subject.vpc.imageId] })) ?? [];
    const { EnaSupport, ImdsSupport, DeprecationTime } = image ?? {};
    return { EnaSupport, ImdsSupport, deprecation: DeprecationTime === undefined ? 'not told' : 'told' };
  });
}
