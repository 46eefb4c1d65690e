/** The detectors of resources. To add one is to write it and its line here: settings and reference are made from this table. */
import {awsDetectors} from './resource-detect-aws.ts';
import {azureDetectors} from './resource-detect-azure.ts';
import {docker} from './resource-detect-docker.ts';
import {documentDetectors} from './resource-detect-documents.ts';
import {env, kubernetes} from './resource-detect-env.ts';
import {gcpDetectors} from './resource-detect-gcp.ts';
import {kubernetesDetectors} from './resource-detect-kubernetes.ts';
import {platformDetectors} from './resource-detect-platforms.ts';
import {system, thisProcess} from './resource-detect-system.ts';
import type {Detector} from './resource-detector.ts';

export const detectors = {
  env,
  system,
  docker,
  process: thisProcess,
  kubernetes,
  ...awsDetectors,
  ...gcpDetectors,
  ...azureDetectors,
  ...kubernetesDetectors,
  ...platformDetectors,
  ...documentDetectors,
} as const satisfies Readonly<Record<string, Detector>>;

export type DetectorName = keyof typeof detectors;
export const detectorNames = Object.keys(detectors) as readonly DetectorName[];
