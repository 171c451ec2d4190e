import { paginateGetProducts } from '@aws-sdk/client-pricing';
import { errorMessage } from '../../shared/core/model/error-message.ts';
import { everyItem } from '../doctor/reading/read-listing.ts';
import { explainAwsError } from '../explain-aws-error.ts';
import { CliError, type Session } from '../session.ts';
import { findPrices, parseProduct, type Question, questionsFor } from './price-list.ts';
import { type PriceList, type PriceSource, pricesFor } from './prices.ts';

/**
 * The Region's prices, from AWS's Price List where it may be asked, else from our own table, which has few Regions.
 * @throws CliError where prices in USD cannot be had at all, or the instance type has none.
 */
export async function readPrices(
  session: Session,
  instanceType: string,
): Promise<{ readonly prices: PriceList; readonly source: PriceSource }> {
  const { region } = session.aws;
  refuseOtherPartitions(region);
  const table = pricesFor(region);
  const answer = await askPriceList(session, instanceType);
  if (!answer.known) {
    return { prices: table, source: { kind: 'table', why: answer.detail } };
  }
  const { items, instanceHour, asOf = 'an unknown date' } = answer.found;
  if (instanceHour === undefined) {
    throw new CliError(
      `AWS's price list has no on-demand price of ${instanceType} with Linux in ${region}: correct --instance-type, or choose one that the Region has`,
      2,
    );
  }
  const optional = new Set(['region', 'instanceHour', 'regionalNatGatewayHour', 'regionalNatGatewayGb']);
  const missing = Object.keys(table).filter((key) => !optional.has(key) && !(key in items));
  return {
    prices: { ...table, region, ...items, instanceHour: { [instanceType]: instanceHour } },
    source: { kind: 'price-list', asOf, missing, missingOf: table.region },
  };
}

/** China bills in CNY, and neither its credentials nor GovCloud's are good for the Price List of the others. */
function refuseOtherPartitions(region: string): void {
  if (/^(?:cn|us-gov|us-iso\w*|eu-isoe|eusc)-/.test(region)) {
    throw new CliError(
      `cost knows no prices for ${region}: the price list that it asks is that of AWS's commercial Regions, and figures of another partition would be wrong`,
      2,
    );
  }
}

type Asked =
  | { readonly known: true; readonly found: ReturnType<typeof findPrices> }
  | { readonly known: false; readonly detail: string };

async function askPriceList({ aws }: Session, instanceType: string): Promise<Asked> {
  const { pricing: client, region } = aws;
  if (client === undefined) {
    return { known: false, detail: 'nobody was asked' };
  }
  try {
    const ask = ({ serviceCode: ServiceCode, filters }: Question) => {
      const Filters = Object.entries({ regionCode: region, ...filters }).map(([Field, Value]) => ({
        Type: 'TERM_MATCH' as const,
        Field,
        Value,
      }));
      const pages = paginateGetProducts({ client }, { ServiceCode, Filters, FormatVersion: 'aws_v1' });
      return everyItem(pages, ({ PriceList }) => PriceList);
    };
    // Whoever is refused the first answer is refused them all: the others are not asked for then.
    const [first, ...others] = questionsFor(instanceType);
    const texts = [await ask(first), ...(await Promise.all(others.map(ask)))];
    return {
      known: true,
      found: findPrices(
        texts.flat().map((text) => parseProduct(String(text))),
        instanceType,
      ),
    };
  } catch (error) {
    return {
      known: false,
      detail: errorMessage(explainAwsError(error, { region: priceListRegion(region) })),
    };
  }
}

/** The Price List answers in three Regions only, of all others (Billing User Guide, "Price List endpoints"). */
export function priceListRegion(region: string): string {
  if (region.startsWith('ap-')) return 'ap-south-1';
  return /^(?:eu|af|me|il)-/.test(region) ? 'eu-central-1' : 'us-east-1';
}
