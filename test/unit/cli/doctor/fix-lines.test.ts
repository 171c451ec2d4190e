import { expect, it } from 'vitest';
import { fixLines } from '../../../../cli/doctor/printing/fix-lines.ts';

const command =
  "aws ec2 describe-things --region eu-central-1 --filters Name=a,Values=true Name=b,Values=c --query 'Things[].Name or so'";

it('puts a command that ends the fix on a line of its own, unbroken', () => {
  expect(fixLines(`Choose others, of which there are many: ${command}`, 40, '  ')).toBe(
    `  fix: Choose others, of which there are\n  many:\n  ${command}`,
  );
  expect(fixLines(command, 40, '  ')).toBe(`  fix:\n  ${command}`);
  expect(fixLines('Do it: aws iam do-it', 40, '')).toBe('fix: Do it:\naws iam do-it');
});

it.each([
  'aws ec2 make-it, then aws ec2 attach-it --id igw-1',
  'Look (aws ec2 see-it --id 1), and then think.',
  'aws ec2 make-it for subnet-1: it is not done for you.',
  'Wait.',
])('wraps what goes on after a command as any sentence: %s', (fix) => {
  expect(fixLines(fix, 200, '')).toBe(`fix: ${fix}`);
});
