# One zone in a VPC that exists. Its private route table must have no `route` block for 0.0.0.0/0: see the module's README.

provider "aws" {
  ignore_tags {
    key_prefixes = ["phoenat:"]
  }
}

variable "vpc_id" {
  description = "The VPC"
  type        = string
}

variable "public_subnet_id" {
  description = "A subnet whose default route leads to an internet gateway"
  type        = string
}

variable "private_subnet_ids" {
  description = "The subnets that get internet access"
  type        = list(string)
}

data "aws_vpc" "this" {
  id = var.vpc_id
}

module "phoenat" {
  source = "../.."

  vpc_id             = data.aws_vpc.this.id
  client_cidr_blocks = [data.aws_vpc.this.cidr_block]

  zones = [{
    public_subnet_id   = var.public_subnet_id
    private_subnet_ids = var.private_subnet_ids
  }]
}

output "public_ips" {
  description = "The addresses that the world sees"
  value       = module.phoenat.public_ips
}
