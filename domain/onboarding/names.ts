export const ONBOARDING = 'onboarding';

export const WORKFLOW_TYPE = 'OnboardingMigrationWorkflow';

export function workflowId(migrationId: string): string {
  return `${ONBOARDING}:${migrationId}`;
}
