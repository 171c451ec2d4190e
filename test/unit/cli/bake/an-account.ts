import {
  CreateImageCommand,
  DeregisterImageCommand,
  DescribeAddressesCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  EC2Client,
  EC2ServiceException,
  type Filter,
  GetConsoleOutputCommand,
  type Image,
  type Instance,
  type InstanceStateName,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import type { Clock, DurationMs, EpochMs } from '../../../../shared/core/model/time.ts';
import { minuteMs, secondMs } from '../../../../shared/core/model/time.ts';

/** An error as EC2 answers it. */
export function refusedBy(name: string, message = name): EC2ServiceException {
  return new EC2ServiceException({ name, message, $fault: 'client', $metadata: { httpStatusCode: 400 } });
}

type Made = { readonly instance: Instance; console: string; readonly launchedAt: EpochMs };

/** How a builder goes on; the console and the state at so much after its launch. */
export type BuilderLife = (
  afterMs: DurationMs,
  hash: string,
) => {
  readonly state: InstanceStateName;
  readonly console: string;
};

/** As it should be: three minutes of work. */
export const asItShould: BuilderLife = (afterMs, hash) => {
  if (afterMs < 3 * minuteMs) return { state: 'running', console: '[ 0.0] Linux' };
  const console = `phoenat bake: complete ${hash}\r\n`;
  return { state: afterMs < 4 * minuteMs ? 'running' : 'stopped', console };
};

/** An account in which `phoenat bake` works, on a clock that moves when it sleeps. Everything is listed a look too late. */
export class BakeAccount {
  readonly ec2 = mockClient(EC2Client);
  readonly launches: RunInstancesCommandInput[] = [];
  readonly calls: string[] = [];
  images: Image[] = [];
  life: BuilderLife = asItShould;
  /** What becomes of an image, once it has been asked for. */
  imageEndsAs: 'available' | 'failed' | 'pending' = 'available';
  onSleep: () => void = () => undefined;
  /** The connection of the next look does. */
  drops = false;
  /** An instance of somebody else's, which nobody has baked. */
  foreign: Instance[] = [];
  #now: EpochMs = Date.UTC(2026, 10, 27, 20, 0, 0);
  #made: Made[] = [];
  #count = 0;

  readonly clock: Clock = {
    now: () => this.#now,
    sleep: async (durationMs) => {
      this.#now += durationMs;
      this.onSleep();
    },
    after: () => () => undefined,
  };

  constructor(base: readonly Image[]) {
    this.images = [...base];
    this.ec2.rejects('unexpected call');
    this.ec2.on(RunInstancesCommand).callsFake((input: RunInstancesCommandInput) => this.#launch(input));
    this.ec2.on(DescribeInstancesCommand).callsFake(({ Filters }) => this.#describe(Filters));
    this.ec2.on(DescribeImagesCommand).callsFake(({ Filters }) => this.#describeImages(Filters));
    this.ec2.on(DescribeAddressesCommand).resolves({ Addresses: [] });
    this.ec2.on(GetConsoleOutputCommand).callsFake(({ InstanceId }) => ({
      Output: Buffer.from(this.#lookAt(InstanceId).console).toString('base64'),
    }));
    this.ec2.on(CreateImageCommand).callsFake((input) => this.#createImage(input));
    this.ec2.on(TerminateInstancesCommand).callsFake(({ InstanceIds }) => this.#terminate(InstanceIds));
    this.ec2.on(DeregisterImageCommand).callsFake(({ ImageId }) => this.#deregister(ImageId));
    const asked = refusedBy('DryRunOperation');
    this.ec2.on(CreateImageCommand, { DryRun: true }).rejects(asked);
    this.ec2.on(TerminateInstancesCommand, { DryRun: true }).rejects(asked);
    this.ec2.on(DeregisterImageCommand, { DryRun: true }).rejects(asked);
  }

  /** Somebody has done it by hand. */
  terminateAll(): void {
    for (const { instance } of this.#made) instance.State = { Name: 'terminated' };
  }

  get alive(): readonly string[] {
    return this.#made.flatMap(({ instance: { InstanceId = '', State } }) =>
      State?.Name === 'terminated' ? [] : [InstanceId],
    );
  }

  get baked(): readonly Image[] {
    return this.images.filter(({ Tags = [] }) => Tags.some(({ Key }) => Key === 'phoenat:bake'));
  }

  #launch(input: RunInstancesCommandInput) {
    if (input.DryRun === true) throw refusedBy('DryRunOperation');
    this.launches.push(input);
    this.#count += 1;
    const InstanceId = `i-0000000000000000${this.#count}`;
    this.calls.push(`launch ${InstanceId}`);
    const Tags = input.TagSpecifications?.[0]?.Tags ?? [];
    const { ImageId } = input;
    const instance: Instance = {
      InstanceId,
      ...(ImageId === undefined ? {} : { ImageId }),
      State: { Name: 'pending' },
      LaunchTime: new Date(this.#now),
      Tags,
    };
    this.#made.push({ instance, console: '', launchedAt: this.#now });
    return { Instances: [instance] };
  }

  #lookAt(id: string | undefined): Made {
    const made = this.#made.find(({ instance }) => instance.InstanceId === id);
    if (made === undefined) throw refusedBy('InvalidInstanceID.NotFound');
    const hash = made.instance.Tags?.find(({ Key }) => Key === 'phoenat:bake-hash')?.Value ?? '';
    if (made.instance.State?.Name !== 'terminated') {
      const { state, console } = this.life(this.#now - made.launchedAt, hash);
      made.instance.State = { Name: state };
      made.console = console;
    }
    return made;
  }

  #describe(filters: readonly Filter[] = []) {
    if (this.drops) {
      this.drops = false;
      throw Object.assign(new Error('the connection dropped'), { name: 'TimeoutError' });
    }
    const images = filters.find(({ Name }) => Name === 'image-id')?.Values;
    const seen = this.#made.filter(({ launchedAt }) => launchedAt < this.#now);
    const instances = seen.map(({ instance }) => this.#lookAt(instance.InstanceId).instance);
    const used = [...instances, ...this.foreign].filter(({ ImageId = '' }) => images?.includes(ImageId));
    return { Reservations: [{ Instances: images === undefined ? instances : used }] };
  }

  #describeImages(filters: readonly Filter[] = []) {
    const tag = filters.some(({ Name }) => Name?.startsWith('tag:') === true);
    const pattern = filters.find(({ Name }) => Name === 'name')?.Values?.[0] ?? '';
    const start = pattern.split('*')[0] ?? '';
    for (const image of this.images) {
      const ageMs = this.#now - Date.parse(image.CreationDate ?? '');
      if (image.State === 'pending' && ageMs > minuteMs) image.State = this.imageEndsAs;
    }
    const listed = this.images.filter(({ CreationDate = '' }) => Date.parse(CreationDate) < this.#now);
    const Images = tag ? listed.filter((image) => this.baked.includes(image)) : listed;
    const ids = filters.find(({ Name }) => Name === 'image-id')?.Values;
    return {
      Images: Images.filter(({ Name = '', ImageId = '' }) =>
        ids === undefined ? tag || Name.startsWith(start) : ids.includes(ImageId),
      ),
    };
  }

  #createImage({ InstanceId, Name, TagSpecifications }: CreateImageCommand['input']) {
    if (this.images.some((image) => image.Name === Name)) throw refusedBy('InvalidAMIName.Duplicate');
    const ImageId = `ami-0000000000000000${this.#count}`;
    this.calls.push(`image ${ImageId} of ${InstanceId}`);
    this.images.push({
      ...this.images[0],
      ImageId,
      ...(Name === undefined ? {} : { Name }),
      State: 'pending',
      StateReason: { Message: 'Client.InternalError' },
      CreationDate: new Date(this.#now).toISOString(),
      Tags: TagSpecifications?.[0]?.Tags ?? [],
    });
    return { ImageId };
  }

  #terminate(ids: readonly string[] = []) {
    for (const id of ids) {
      this.#lookAt(id).instance.State = { Name: 'terminated' };
      this.calls.push(`terminate ${id}`);
    }
    return {};
  }

  #deregister(id: string | undefined) {
    this.calls.push(`deregister ${id}`);
    this.images = this.images.filter(({ ImageId }) => ImageId !== id);
    return { DeleteSnapshotResults: [{ SnapshotId: 'snap-1', ReturnCode: 'success' }] };
  }

  /** An image that an earlier call has made, so long ago. */
  addBaked(ImageId: string, ageMs: DurationMs, hash = 'earlier'): void {
    this.images.push({
      ...this.images[0],
      ImageId,
      Name: `phoenat/phoenat/${ImageId}`,
      State: 'available',
      CreationDate: new Date(this.#now - ageMs - secondMs).toISOString(),
      Tags: [
        { Key: 'phoenat:bake', Value: 'phoenat' },
        { Key: 'phoenat:bake-hash', Value: hash },
        { Key: 'phoenat:bake-architecture', Value: 'arm64' },
        { Key: 'phoenat:bake-selector', Value: 'al2023' },
      ],
    });
  }
}
