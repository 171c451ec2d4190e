import { arrow, box, frame, renderSvg, text } from './svg.ts';

export function drawArchitecture(): string {
  const zones = ['a', 'b'].flatMap((zone, index) => {
    const x = 40 + index * 260;
    return [
      frame({ x, y: 50, w: 240, h: 310 }, `Availability Zone of zone ${zone}`),
      box({ x: x + 16, y: 84, w: 208, h: 56 }, ['private subnets', `route 0.0.0.0/0, probe ${zone}`]),
      arrow(
        [
          { x: x + 120, y: 140 },
          { x: x + 120, y: 208 },
        ],
        'good',
      ),
      text({ x: x + 130, y: 178 }, 'packets', 'small good'),
      box(
        { x: x + 16, y: 210, w: 208, h: 74 },
        [`NAT instance ${zone}`, 'public subnet, guard, watch', `Elastic IP ${zone}`],
        'goodbox',
      ),
      arrow(
        [
          { x: x + 120, y: 284 },
          { x: x + 120, y: 384 },
        ],
        'good',
      ),
    ];
  });
  return renderSvg({
    title: 'The parts of Phoenat',
    description:
      'A VPC with two zones. In each, private subnets have a default route to the NAT instance of the zone, which has an Elastic IP and sends their packets through the internet gateway. The two instances watch each other. Outside the VPC, EventBridge wakes the controller, a Lambda function, each minute and at events of EC2. The controller asks a probe in the private subnets of each zone whether requests pass, and looks, repairs and replaces through the EC2 API.',
    height: 480,
    body: [
      frame({ x: 20, y: 16, w: 540, h: 412 }, 'VPC'),
      ...zones,
      `<path class="line" d="M264 247H316" marker-end="url(#tip)" marker-start="url(#tip)"/>`,
      text({ x: 290, y: 236 }, 'watch', 'small middle soft'),
      box({ x: 56, y: 386, w: 468, h: 32 }, ['internet gateway']),
      arrow(
        [
          { x: 290, y: 418 },
          { x: 290, y: 452 },
        ],
        'good',
      ),
      text({ x: 290, y: 470 }, 'internet', 'middle bold'),
      box({ x: 610, y: 50, w: 200, h: 74 }, ['EventBridge', 'every minute, and', 'events of EC2']),
      arrow([
        { x: 710, y: 124 },
        { x: 710, y: 176 },
      ]),
      text({ x: 720, y: 155 }, 'wakes', 'small soft'),
      box({ x: 610, y: 178, w: 200, h: 56 }, ['controller', 'Lambda, outside the VPC']),
      arrow([
        { x: 610, y: 192 },
        { x: 580, y: 192 },
        { x: 580, y: 112 },
        { x: 526, y: 112 },
      ]),
      text({ x: 572, y: 190 }, 'asks', 'small soft end'),
      arrow([
        { x: 710, y: 234 },
        { x: 710, y: 288 },
      ]),
      text({ x: 720, y: 265 }, 'calls', 'small soft'),
      box({ x: 610, y: 290, w: 200, h: 74 }, ['EC2 API', 'look, repair, move,', 'replace']),
      arrow([
        { x: 610, y: 327 },
        { x: 526, y: 262 },
      ]),
      text({ x: 590, y: 400 }, 'No VPC endpoint, no database,', 'small soft'),
      text({ x: 590, y: 418 }, 'no lock: tags hold what is known.', 'small soft'),
    ],
  });
}
