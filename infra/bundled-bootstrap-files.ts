import sysctl from './nat-instance/10-nat-settings.conf';
import bootstrap from './nat-instance/bootstrap.sh';
import configure from './nat-instance/configure.sh';
import health from './nat-instance/health.sh';
import ruleset from './nat-instance/nat.nft';
import healthService from './nat-instance/phoenat-health@.service';
import healthSocket from './nat-instance/phoenat-health.socket';
import namesService from './nat-instance/phoenat-names.service';
import natService from './nat-instance/phoenat-nat.service';
import squid from './nat-instance/squid.conf';
import type { BootstrapFiles } from './user-data.ts';

/** The files as esbuild's text loader puts them into a function's bundle. Only a handler may import this. */
export const bundledBootstrapFiles: BootstrapFiles = {
  '10-nat-settings.conf': sysctl,
  'nat.nft': ruleset,
  'configure.sh': configure,
  'bootstrap.sh': bootstrap,
  'health.sh': health,
  'squid.conf': squid,
  'phoenat-nat.service': natService,
  'phoenat-health.socket': healthSocket,
  'phoenat-health@.service': healthService,
  'phoenat-names.service': namesService,
};
