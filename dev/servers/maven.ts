import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from './paths.js';
import { lastLines, runTool } from './tools.js';

export interface MavenArtifact {
  groupId: string;
  artifactId: string;
  version: string;
}

/** Whether Java programs can be fetched on this machine. */
export function hasMaven(): boolean {
  return findProgram('mvn') !== undefined && findProgram('java') !== undefined;
}

/**
 * Copies an artifact with everything that it needs to run, including native libraries, to `folder`. `instead` overrides versions that Maven
 * would choose and that do not work. Throws an Error with Maven's output.
 */
export async function copyWithDependencies(
  artifact: MavenArtifact,
  folder: string,
  signal: AbortSignal | undefined,
  instead: readonly MavenArtifact[] = [],
): Promise<void> {
  const pom = join(folder, 'pom.xml');
  await writeFile(pom, pomThatNeeds([artifact, ...instead]));
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
  const args = [
    '-B',
    '-q',
    '-f',
    pom,
    goal,
    '-DincludeScope=runtime',
    `-DoutputDirectory=${join(folder, 'lib')}`,
  ];
  const result = await runTool('mvn', args, { signal });
  if (!result.ok) {
    const { groupId, artifactId, version } = artifact;
    throw new Error(
      `Maven could not fetch ${groupId}:${artifactId}:${version}.\n${lastLines(result.output)}`,
    );
  }
}

function pomThatNeeds(artifacts: readonly MavenArtifact[]): string {
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>carryover</groupId>
  <artifactId>needs-${artifacts[0]?.artifactId}</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
${artifacts.map(dependency).join('\n')}
  </dependencies>
</project>
`;
}

function dependency({ groupId, artifactId, version }: MavenArtifact): string {
  return `    <dependency>
      <groupId>${groupId}</groupId>
      <artifactId>${artifactId}</artifactId>
      <version>${version}</version>
    </dependency>`;
}
