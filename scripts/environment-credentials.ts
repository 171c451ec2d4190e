import type { Plugin } from 'esbuild';

/**
 * Credentials from the environment variables, where Lambda puts them, and from nowhere else. The SDK's default chain
 * (single sign-on, profiles, processes, instance metadata) is a sixth of the bundle and never used there.
 */
export const environmentCredentials: Plugin = {
  name: 'environment-credentials',
  setup(build) {
    const contents = "export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';";
    build.onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ resolveDir }) => ({
      path: 'credentials',
      namespace: 'environment-credentials',
      pluginData: resolveDir,
    }));
    build.onLoad({ filter: /.*/, namespace: 'environment-credentials' }, ({ pluginData }) => ({
      contents,
      resolveDir: String(pluginData),
    }));
  },
};
